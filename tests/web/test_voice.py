"""Spoken prompts: every sentence has a recording, and the recording says the sentence of today."""

from __future__ import annotations

import json
from shutil import copytree
from typing import TYPE_CHECKING

from certification.face.types import Advice
from deploy.record_voice import FOLDER, MANIFEST, SPOKEN_ADVICE, digest_sentence, list_spoken, record_changed
from words import ADVICE, INSTRUCTIONS, OUTCOMES

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

LARGEST_BYTES = 30 * 1024
ABOUT_FILES = {
    Advice.NOT_AN_IMAGE,
    Advice.NOT_A_VIDEO,
    Advice.HEIC,
    Advice.ANIMATED,
    Advice.TRUNCATED,
    Advice.TOO_MANY_PIXELS,
    Advice.FILE_TOO_LARGE,
    Advice.VIDEO_TOO_LONG,
    Advice.VIDEO_EMPTY,
    Advice.VIDEO_CODEC,
    Advice.UNREADABLE,
}


def manifest(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return read


def test_every_sentence_is_recorded_as_it_reads_today() -> None:
    recorded = {code: entry["text"] for code, entry in manifest().items()}
    assert recorded == list_spoken(), "run .venv/bin/python -m deploy.record_voice"
    assert all(entry["sha256"] == digest_sentence(entry["text"]) for entry in manifest().values())


def test_everything_said_during_a_certification_is_spoken() -> None:
    assert set(SPOKEN_ADVICE) == set(Advice) - ABOUT_FILES
    assert set(list_spoken()) == set(INSTRUCTIONS) | set(SPOKEN_ADVICE) | {f"outcome-{code}" for code in OUTCOMES}


def test_the_folder_holds_these_recordings_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {entry["file"] for entry in manifest().values()} | {MANIFEST}


def test_recordings_are_mp3_and_small(client: FlaskClient) -> None:
    for entry in manifest().values():
        with client.get(f"/static/voice/{entry['file']}") as answer:
            assert answer.content_type == "audio/mpeg"
            assert 2_000 < len(answer.data) < LARGEST_BYTES, entry["file"]
            assert answer.data[:3] == b"ID3" or answer.data[0] == 0xFF


def test_a_recording_by_a_human_voice_stays_while_its_sentence_does(tmp_path: Path) -> None:
    folder = copytree(FOLDER, tmp_path / "voice")
    (folder / "blink.mp3").write_bytes(b"a human voice")
    assert record_changed(folder) == []
    assert (folder / "blink.mp3").read_bytes() == b"a human voice"


def test_what_is_no_longer_said_goes_away(tmp_path: Path) -> None:
    folder = copytree(FOLDER, tmp_path / "voice")
    old = {"file": "old.mp3", "sha256": digest_sentence(ADVICE["no_face"]), "text": ADVICE["no_face"]}
    (folder / "old.mp3").write_bytes(b"of an earlier version")
    (folder / MANIFEST).write_text(json.dumps(manifest() | {"old": old}), encoding="utf-8")
    record_changed(folder)
    assert not (folder / "old.mp3").exists()
    assert "old" not in manifest(folder)
