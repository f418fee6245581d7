"""Pictures of a face are not taken for a person, whatever is asked; what cannot be told apart is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certification.face.decode import decode_frame
from certification.face.liveness.assess import judge
from certification.face.liveness.look import look
from certification.face.liveness.state import Progress, State
from certification.face.types import Action, AttackSign
from tests.attacks import (
    PRINTS,
    REST,
    Still,
    frame,
    looped,
    photograph_and_stranger,
    print_attack,
    read_clip,
    replayed_on_a_screen,
    swapped,
    write_camera_file,
)
from tests.unit.liveness.sittings import FPS, sit

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.types import Assessment, FaceEngine, Pixels

CHALLENGES = [
    (Action.BLINK, Action.TURN_LEFT),
    (Action.OPEN_MOUTH, Action.TURN_RIGHT),
    (Action.TURN_RIGHT, Action.TURN_LEFT),
    (Action.NOD, Action.TURN_LEFT),
]
FORGED = {AttackSign.STATIC_PICTURE, AttackSign.FLAT_SURFACE, AttackSign.REPEATED_FRAMES}


def everything_counts(engine: FaceEngine, frames: list[bytes]) -> Assessment:
    """Return the assessment when every movement counts as if it had been asked for: the worst case."""
    state = State(progress=[Progress(())], free=True)
    for number, jpeg in enumerate(frames):
        look(engine, state, decode_frame(jpeg), 200 * number)
    return judge(engine, state, None)


def turns(seen: Assessment) -> set[Action]:
    return {each.action for each in seen.actions if each.done} & {Action.TURN_LEFT, Action.TURN_RIGHT}


@pytest.mark.slow
@pytest.mark.parametrize("kind", PRINTS)
def test_a_print_is_no_person(face_engine: FaceEngine, astronaut_still: Still, kind: str) -> None:
    seen = everything_counts(face_engine, print_attack(kind, astronaut_still))
    assert not seen.live
    assert seen.attack_signs
    assert AttackSign.NO_DEPTH_SEEN in seen.attack_signs
    assert not turns(seen)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["turned", "morphed", "morphed, turned", "morphed, bent", "morphed, folded"])
def test_nobodys_print_is_a_person(face_engine: FaceEngine, stills: list[Still], kind: str) -> None:
    for still in stills[1:]:
        seen = everything_counts(face_engine, print_attack(kind, still))
        assert not seen.live
        assert AttackSign.NO_DEPTH_SEEN in seen.attack_signs
        assert not turns(seen)


@pytest.mark.slow
@pytest.mark.parametrize("actions", CHALLENGES, ids=str)
def test_no_challenge_lets_an_animated_print_pass(
    face_engine: FaceEngine, astronaut_still: Still, actions: tuple[Action, ...]
) -> None:
    seen, reports = sit(face_engine, print_attack("morphed, bent", astronaut_still, seconds=10), actions)
    assert not seen.live
    assert all(report.phase != "done" for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["static", "slid", "tilted"])
def test_a_picture_that_never_changes_is_called_so(face_engine: FaceEngine, astronaut_still: Still, kind: str) -> None:
    seen = everything_counts(face_engine, print_attack(kind, astronaut_still, seconds=6))
    assert AttackSign.STATIC_PICTURE in seen.attack_signs
    assert not any(each.done for each in seen.actions)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["turned", "bent", "folded"])
def test_a_print_seen_from_the_side_is_called_flat(face_engine: FaceEngine, astronaut_still: Still, kind: str) -> None:
    assert AttackSign.FLAT_SURFACE in everything_counts(face_engine, print_attack(kind, astronaut_still)).attack_signs


@pytest.mark.slow
def test_a_swap_of_faces_is_not_live(face_engine: FaceEngine, stills: list[Still]) -> None:
    for first, second in ((stills[0], stills[1]), (stills[1], stills[2]), (stills[3], stills[0])):
        assert not everything_counts(face_engine, swapped(first, second)).live


@pytest.mark.slow
def test_a_loop_repeats_its_pictures(face_engine: FaceEngine, webcam_man: list[Pixels]) -> None:
    frames = [frame(rgb, number) for number, rgb in enumerate(webcam_man[90:120])]
    assert AttackSign.REPEATED_FRAMES in everything_counts(face_engine, looped(frames)).attack_signs


def test_a_camera_that_stalls_is_no_loop(face_engine: FaceEngine, webcam_man: list[Pixels]) -> None:
    frames = [frame(rgb, number) for number, rgb in enumerate(webcam_man[90:105])]
    stalled = [each for jpeg in frames for each in (jpeg, jpeg)]
    seen = everything_counts(face_engine, stalled)
    assert AttackSign.REPEATED_FRAMES not in seen.attack_signs
    assert seen.frames == len(frames)


@pytest.mark.slow
def test_a_photograph_whose_movements_a_stranger_does(
    face_engine: FaceEngine, astronaut_still: Still, webcam_man: list[Pixels]
) -> None:
    seen = everything_counts(face_engine, photograph_and_stranger(astronaut_still, webcam_man[85:170]))
    assert not seen.live
    assert {AttackSign.IDENTITY_CHANGED, AttackSign.JUMP} & set(seen.attack_signs)


@pytest.mark.slow
def test_what_cannot_be_told_apart_is_no_secret(face_engine: FaceEngine, webcam_man: list[Pixels]) -> None:
    """A recording of the very movements, played before the camera, is taken for the person: docs/liveness.md says so.

    Random order, a window of time for each action and matching with other registers stand against it, not pixels.
    """
    frames = replayed_on_a_screen(webcam_man[80:140])
    seen, _ = sit(face_engine, frames, (Action.TURN_RIGHT, Action.TURN_LEFT))
    assert seen.live


@pytest.mark.slow
def test_a_recording_in_another_order_does_not_pass(face_engine: FaceEngine, webcam_man: list[Pixels]) -> None:
    frames = replayed_on_a_screen(webcam_man[80:140])
    seen, _ = sit(face_engine, frames, (Action.NOD, Action.TURN_LEFT))
    assert not seen.live


def test_attacks_are_the_same_every_time(astronaut_still: Still) -> None:
    assert print_attack("morphed, bent", astronaut_still, seconds=3) == print_attack(
        "morphed, bent", astronaut_still, seconds=3
    )


def test_a_clip_of_an_attack_can_be_a_camera(ffmpeg: str, astronaut_still: Still, tmp_path: Path) -> None:
    del ffmpeg
    write_camera_file(print_attack("slid", astronaut_still, seconds=3), tmp_path / "slid.mjpeg")
    pictures = read_clip(tmp_path / "slid.mjpeg")
    assert len(pictures) >= 3 * FPS - 1 > REST
