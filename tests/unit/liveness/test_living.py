"""A living person before a camera passes; what he does not do does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certification.face.liveness import assess, begin, observe, watch
from certification.face.types import Action, Advice, AttackSign, PictureRefused, Template, Verdict
from tests.attacks import frame, read_clip
from tests.unit.liveness.sittings import FPS, sit

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.types import FaceEngine, Pixels

BLINK, MOUTH, LEFT, RIGHT, NOD = (
    *(Action.BLINK, Action.OPEN_MOUTH),
    *(Action.TURN_LEFT, Action.TURN_RIGHT, Action.NOD),
)


@pytest.fixture(scope="session")
def webcam_frames(webcam_man: list[Pixels]) -> list[bytes]:
    return [frame(rgb, number) for number, rgb in enumerate(webcam_man)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("second", "actions"),
    [
        (8, (MOUTH, RIGHT)),
        (8, (MOUTH, LEFT)),
        (8, (MOUTH, RIGHT, NOD)),
        (16, (RIGHT, LEFT)),
        (16, (LEFT, NOD)),
        (16, (RIGHT, LEFT, NOD)),
        (35, (RIGHT, LEFT)),
    ],
    ids=str,
)
def test_he_passes_with_what_he_does(
    face_engine: FaceEngine, webcam_frames: list[bytes], second: int, actions: tuple[Action, ...]
) -> None:
    seen, reports = sit(face_engine, webcam_frames[second * FPS : (second + 25) * FPS], actions)
    assert reports[-1].phase == "done"
    assert seen.live
    assert not seen.attack_signs
    assert seen.probe_frames >= 3
    assert 3 <= sum(report.keep for report in reports) <= 12
    assert [each.done for each in seen.actions] == [True] * len(actions)


@pytest.mark.slow
@pytest.mark.parametrize("actions", [(BLINK, MOUTH), (LEFT, MOUTH), (NOD, MOUTH)], ids=str)
def test_he_does_not_pass_with_another_order(
    face_engine: FaceEngine, webcam_frames: list[bytes], actions: tuple[Action, ...]
) -> None:
    seen, reports = sit(face_engine, webcam_frames[16 * FPS : 36 * FPS], actions)
    assert not seen.live
    assert reports[-1].phase == "action"
    assert seen.advice is not None


@pytest.mark.slow
def test_phases_follow_each_other(face_engine: FaceEngine, webcam_frames: list[bytes]) -> None:
    _, reports = sit(face_engine, webcam_frames[16 * FPS : 36 * FPS], (RIGHT, LEFT))
    phases = [report.phase for report in reports]
    assert phases[0] == "position"
    assert phases[-1] == "done"
    assert phases.index("action") <= 2 * FPS
    assert [report.step for report in reports] == sorted(report.step for report in reports)
    assert {report.asked for report in reports if report.phase == "action"} == {RIGHT, LEFT}
    assert all(report.asked is None for report in reports if report.phase != "action")


@pytest.mark.slow
def test_his_template_matches_him_and_another_engines_does_not_count(
    face_engine: FaceEngine, webcam_frames: list[bytes]
) -> None:
    state = begin((RIGHT, LEFT))
    for number, jpeg in enumerate(webcam_frames[16 * FPS : 25 * FPS]):
        state = observe(face_engine, state, jpeg, 200 * number).state
    probe = assess(face_engine, state, None).probe
    assert probe is not None
    assert assess(face_engine, state, Template(face_engine.engine_id, probe)).verdict is Verdict.MATCH
    assert assess(face_engine, state, Template("another", probe)).verdict is Verdict.UNUSABLE


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hill_clip.mp4", "ocasio_cortez_clip.mp4"])
@pytest.mark.parametrize("fps", [3, 5, 8])
def test_nothing_is_held_against_living_speakers(face_engine: FaceEngine, faces_dir: Path, name: str, fps: int) -> None:
    """They were asked for nothing, so they may lack an action; but no sign of an attack may stand."""
    frames = [frame(rgb, number) for number, rgb in enumerate(read_clip(faces_dir / name, fps=fps))]
    seen, _ = sit(face_engine, frames, (BLINK, MOUTH), fps=fps)
    assert not set(seen.attack_signs) - {AttackSign.NO_DEPTH_SEEN}


@pytest.mark.slow
def test_a_recorded_clip_with_a_free_choice(face_engine: FaceEngine, faces_dir: Path) -> None:
    report = watch(face_engine, (faces_dir / "ocasio_cortez_clip.mp4").read_bytes(), (), None, free_choice=True)
    assert report.assessment.live
    assert len({each.action for each in report.assessment.actions}) >= 2
    assert 1 <= len(report.best_frames) <= 3
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in report.best_frames)


@pytest.mark.slow
def test_a_clip_that_shows_no_face_near_enough(face_engine: FaceEngine, faces_dir: Path) -> None:
    report = watch(
        face_engine, (faces_dir / "short_hamilton_clip.mp4").read_bytes(), (BLINK, LEFT), None, free_choice=False
    )
    assert not report.assessment.live
    assert report.assessment.verdict is Verdict.UNUSABLE
    assert report.assessment.advice is not None


def test_a_frame_that_is_no_picture(face_engine: FaceEngine) -> None:
    with pytest.raises(PictureRefused) as refused:
        observe(face_engine, begin((BLINK, LEFT)), b"no picture", 0)
    assert refused.value.advice is Advice.NOT_AN_IMAGE


def test_an_attempt_without_a_frame(face_engine: FaceEngine) -> None:
    seen = assess(face_engine, begin((BLINK, LEFT)), None)
    assert not seen.live
    assert seen.verdict is Verdict.UNUSABLE
    assert seen.advice is Advice.NO_FACE
    assert (seen.frames, seen.probe, seen.continuity) == (0, None, None)


def test_an_empty_wall(face_engine: FaceEngine, empty_wall: bytes) -> None:
    report = observe(face_engine, begin((BLINK, LEFT)), empty_wall, 0)
    assert (report.phase, report.advice, report.keep) == ("position", Advice.NO_FACE, False)
