"""Records the spoken prompts of the certification page: .venv/bin/python -m deploy.record_voice.

One mp3 for each sentence, with a manifest of what each says. Only a sentence that changed is recorded again, so that
recordings by a human voice stay. Needs espeak-ng and ffmpeg.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from words import ADVICE, INSTRUCTIONS, OUTCOMES

FOLDER = Path(__file__).resolve().parent.parent / "api" / "static" / "voice"
MANIFEST = "manifest.json"
# About the picture of a face; advice about files is read, not heard.
SPOKEN_ADVICE = (
    "no_face",
    "too_dark",
    "too_bright",
    "too_far",
    "cut_off",
    "several_faces",
    "blurred",
    "look_straight",
    "hold_still",
    "unlike_photo",
)
# The voice named plain `cmn` reads the spelling of each syllable out in English; this one speaks Chinese.
_VOICE = "cmn-latn-pinyin"
_WORDS_A_MINUTE = 120
_LEADING_SILENCE_MS = 150  # some phones swallow the first syllable
# Less for an outcome: two or three sentences must come over a slow line as soon as one does.
_KBITS, _OUTCOME_KBITS = 24, 16


def list_spoken() -> dict[str, str]:
    """Return every sentence that is spoken, by its code; an outcome's code starts with `outcome-`."""
    outcomes = {f"outcome-{code}": f"{headline}。{next_step}" for code, (headline, next_step) in OUTCOMES.items()}
    return INSTRUCTIONS | {code: ADVICE[code] for code in SPOKEN_ADVICE} | outcomes


def digest_sentence(sentence: str) -> str:
    """Return the SHA-256 of a sentence, in hexadecimal."""
    return hashlib.sha256(sentence.encode()).hexdigest()


def record_changed(folder: Path) -> list[str]:
    """Record in `folder` what is missing or says something else by now, drop what is no longer said.

    Returns the codes recorded.
    """
    manifest = folder / MANIFEST
    before: dict[str, dict[str, str]] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    spoken = list_spoken()
    changed = [
        code
        for code, sentence in spoken.items()
        if before.get(code, {}).get("sha256") != digest_sentence(sentence) or not (folder / f"{code}.mp3").exists()
    ]
    for code in changed:
        _record(spoken[code], folder / f"{code}.mp3", _OUTCOME_KBITS if code.startswith("outcome-") else _KBITS)
    for gone in before.keys() - spoken.keys():
        (folder / before[gone]["file"]).unlink(missing_ok=True)
    after = {
        code: {"file": f"{code}.mp3", "sha256": digest_sentence(sentence), "text": sentence}
        for code, sentence in spoken.items()
    }
    manifest.write_text(json.dumps(after, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return changed


def _record(sentence: str, file: Path, kbits: int) -> None:
    with TemporaryDirectory() as scratch:
        wave = f"{scratch}/voice.wav"
        subprocess.run(
            ["espeak-ng", "-b", "1", "-v", _VOICE, "-s", str(_WORDS_A_MINUTE), "-w", wave, sentence], check=True
        )
        turn = ["-ac", "1", "-b:a", f"{kbits}k", "-af", f"adelay={_LEADING_SILENCE_MS},loudnorm=I=-16:TP=-2"]
        quietly = ["-loglevel", "error", "-nostdin", "-y"]
        subprocess.run(
            ["ffmpeg", *quietly, "-i", wave, *turn, "-ar", "16000", "-map_metadata", "-1", str(file)], check=True
        )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for code in record_changed(FOLDER):
        print(code)
