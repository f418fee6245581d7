"""Print, in Markdown, what liveness makes of real clips and of attacks made from stills and clips.

    python -m benchmarks.liveness [FOLDER OF THE TEST PHOTOGRAPHS] [--stills 4]

Every sequence is watched without a fixed challenge, so that every movement counts as if it had been asked for: the
worst case for an attack. "Accepted": two actions seen, one of them a turn, and no sign of an attack. "To a person":
the same, but with a sign that a person has to look at. "Not accepted": everything else.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from certification.face.decode import decode_frame
from certification.face.engines import build_engine
from certification.face.liveness.actions import TURNS
from certification.face.liveness.assess import judge
from certification.face.liveness.look import look
from certification.face.liveness.state import Progress, State
from certification.face.types import AttackSign, EngineChoice
from tests import attacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certification.face.types import Assessment, FaceEngine, Pixels

FACES = Path(__file__).resolve().parent.parent.parent / "shared" / "faces"
CLIPS = ("videos/webcam-man.mp4", "hill_clip.mp4", "ocasio_cortez_clip.mp4")
STILLS = ("obama_1.jpg", "miranda_1.jpg", "ocasio_cortez_2.jpg", "hill_3.jpg", "collins_1.jpg", "lacamoire_1.jpg")
RATES = (3, 5, 8)
WINDOW_SECONDS = 18
DOUBTS = {AttackSign.NO_DEPTH_SEEN, AttackSign.IDENTITY_CHANGED, AttackSign.JUMP}


def watch_frames(engine: FaceEngine, frames: Sequence[bytes], fps: float) -> tuple[Assessment, State]:
    """Return what streamed frames say when every action counts."""
    state = State(progress=[Progress(())], free=True)
    for number, jpeg in enumerate(frames):
        look(engine, state, decode_frame(jpeg), round(1000 * number / fps))
    return judge(engine, state, None), state


def outcome(assessment: Assessment) -> str:
    """Return accepted, to a person, or not accepted."""
    seen = {each.action for each in assessment.actions if each.done}
    if len(seen) < 2 or not seen & set(TURNS) or set(assessment.attack_signs) - DOUBTS:
        return "not accepted"
    return "to a person" if assessment.attack_signs else "accepted"


def real_windows(folder: Path) -> Iterator[tuple[str, list[bytes], float]]:
    """Yield every clip at several rates and offsets, in windows as long as an attempt."""
    for name in CLIPS:
        for fps in RATES:
            for offset in (0.0, 0.07, 0.13):
                pictures = attacks.read_clip(folder / name, fps=fps, offset=offset)
                frames = [attacks.frame(picture, i) for i, picture in enumerate(pictures)]
                size = WINDOW_SECONDS * fps
                starts = range(0, max(len(frames) - size, 0) + 1, size // 2)
                for start in starts:
                    yield f"{Path(name).stem}", frames[start : start + size], fps


def load_still(engine: FaceEngine, path: Path) -> attacks.Still | None:
    """Return the still with its face found, or None without one."""
    bgr = cv2.imread(str(path))
    if bgr is None:
        return None
    rgb: Pixels = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    faces = engine.find(rgb)
    return attacks.Still.cut(rgb, faces[0].landmarks) if faces else None


def attack_films(engine: FaceEngine, folder: Path, count: int) -> Iterator[tuple[str, list[bytes]]]:
    """Yield every kind of attack from each still."""
    found = [load_still(engine, folder / name) for name in STILLS[:count]]
    stills = [still for still in found if still is not None]
    for kind in attacks.PRINTS:
        for still in stills:
            yield kind, attacks.print_attack(kind, still)
    for first, second in zip(stills, [*stills[1:], stills[0]], strict=True):
        yield "swapped halfway", attacks.swapped(first, second)
    for name in CLIPS:
        pictures = attacks.read_clip(folder / name)
        if "webcam" in name:
            pictures = pictures[85:200]
        frames = [attacks.frame(picture, i) for i, picture in enumerate(pictures)]
        yield "looped recording", attacks.looped(frames)
        yield "recording on a flat screen", attacks.replayed_on_a_screen(pictures)
        for still in stills[:2]:
            yield "photograph, then a stranger", attacks.photograph_and_stranger(still, pictures)
    straight, aside = _straight_and_aside(engine, folder / "hill_clip.mp4")
    yield "two photographs of a turn", attacks.photographs_of_a_turn(straight, aside)


def _straight_and_aside(engine: FaceEngine, clip: Path) -> tuple[attacks.Still, attacks.Still]:
    pictures = attacks.read_clip(clip, fps=25)
    chosen = [pictures[5], pictures[50]]
    one, other = (attacks.Still.cut(rgb, engine.find(rgb)[0].landmarks) for rgb in chosen)
    return one, other


def main() -> None:
    """Watch everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path, nargs="?", default=FACES, help="folder with the clips and stills")
    parser.add_argument("--stills", type=int, default=len(STILLS))
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    arguments = parser.parse_args()
    engine = build_engine(EngineChoice())
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    films = [(f"real: {n}", f, r) for n, f, r in real_windows(arguments.faces) if arguments.only in f"real: {n}"]
    for name, frames, fps in films:
        _count(rows, seen, name, watch_frames(engine, frames, fps)[0])
    for kind, frames in attack_films(engine, arguments.faces, arguments.stills):
        if arguments.only in f"attack: {kind}":
            _count(rows, seen, f"attack: {kind}", watch_frames(engine, frames, attacks.FPS)[0])
    print("| sequence | accepted | to a person | not accepted | seen how often |\n| --- | --- | --- | --- | --- |")
    for name, counts in rows.items():
        figures = " | ".join(str(counts[each]) for each in ("accepted", "to a person", "not accepted"))
        print(f"| {name} | {figures} | {', '.join(f'{what} {n}' for what, n in sorted(seen[name].items()))} |")


def _count(rows: dict[str, Counter[str]], seen: dict[str, Counter[str]], name: str, assessment: Assessment) -> None:
    rows[name][outcome(assessment)] += 1
    seen[name].update(each.action.value for each in assessment.actions if each.done)
    seen[name].update(sign.value.upper() for sign in assessment.attack_signs)
    print(name, outcome(assessment), file=sys.stderr)


if __name__ == "__main__":
    main()
