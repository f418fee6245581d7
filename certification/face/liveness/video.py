"""A whole uploaded video, watched through the same eyes as a stream of frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2

from certification.face.liveness.actions import MIRRORED, TURNS
from certification.face.liveness.assess import judge
from certification.face.liveness.film import read_film
from certification.face.liveness.look import look
from certification.face.liveness.state import Progress, State
from certification.face.types import Action, ActionSeen, VideoReport

if TYPE_CHECKING:
    from certification.face.types import Assessment, FaceEngine, Pixels, Template

FEWEST_ACTIONS = 2
BEST_FRAMES = 3
JPEG_QUALITY = 88


def watch(
    engine: FaceEngine, video: bytes, actions: tuple[Action, ...], template: Template | None, *, free_choice: bool
) -> VideoReport:
    """Return what an uploaded video says about the challenge `actions`.

    Phones may store a selfie mirrored: left and right may be exchanged, but then in the whole video. With
    `free_choice` the challenge does not count: any two different actions do, at least one of them a turn, in
    whatever order. Raise PictureRefused when the bytes cannot serve as a video.
    """
    state = State(progress=_readings(() if free_choice else actions), free=free_choice)
    kept: list[tuple[float, Pixels]] = []
    for at_ms, rgb in read_film(video):
        _, sharp = look(engine, state, rgb, at_ms)
        if sharp is not None:
            kept = sorted([*kept, (sharp, rgb)], key=lambda each: -each[0])[:BEST_FRAMES]
    assessment = judge(engine, state, template)
    if free_choice:
        assessment = _completed(assessment)
    return VideoReport(assessment, tuple(_jpeg(rgb) for _, rgb in kept))


def _readings(actions: tuple[Action, ...]) -> list[Progress]:
    """Return the challenge as it is, and as a mirrored video shows it where that makes a difference."""
    mirrored = tuple(MIRRORED.get(action, action) for action in actions)
    return [Progress(actions)] + ([Progress(mirrored, meant=actions)] if mirrored != actions else [])


def _completed(assessment: Assessment) -> Assessment:
    """Keep the actions that count, and name what a freely chosen set of them still lacks as not done."""
    shown = tuple(each for each in assessment.actions if each.done)
    seen = {each.action for each in shown}
    lacking = [] if seen & set(TURNS) else [Action.TURN_LEFT]
    others = [action for action in Action if action not in seen and action not in TURNS]
    lacking += others[: max(FEWEST_ACTIONS - len(seen) - len(lacking), 0)]
    missing = tuple(ActionSeen(action, done=False, at_ms=None) for action in lacking)
    return replace(assessment, actions=(*shown, *missing), live=not missing and not assessment.attack_signs)


def _jpeg(rgb: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes() if done else b""
