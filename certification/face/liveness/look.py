"""One decoded frame taken into the state of an attempt; streamed frames and videos both come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from certification.face.liveness import signs
from certification.face.liveness.actions import NODDED, TURNED, is_seen
from certification.face.liveness.chips import cut_chip
from certification.face.liveness.cues import read_cues
from certification.face.liveness.depth import compare, stretch
from certification.face.liveness.describing import describe_if_due
from certification.face.liveness.state import MOST_ROWS, Progress, Row, State
from certification.face.liveness.straight import FRONTAL_YAW, keep_reference, learn_straight
from certification.face.quality import advice_for, sharpness
from certification.face.types import Action, Advice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.liveness.chips import Chip
    from certification.face.liveness.cues import Cues
    from certification.face.liveness.depth import Movement
    from certification.face.types import Face, FaceEngine, Pixels

FRONTAL_ROLL = 0.6  # radians, 35 degrees
STEADY_SHIFT = 0.25  # face widths between frames
STEADY_SCALE = 0.15
# Moving pictures are softer than stills: a webcam's whole recording lies between 4 and 17 where stills start at 15.
SOFTEST = 4.0
WHOLE_EVERY = 5  # frames: a second person is noticed within a second
HALF_FACE = 0.8  # of the width between the outer eye corners
LIFE_EVERY = 3  # frames
WITH_DEPTH = {Action.TURN_LEFT, Action.TURN_RIGHT, Action.NOD}
SHRUNK = 1.08  # well before signs.FLAT_STRETCH, as the landmarks tell it


def look(engine: FaceEngine, state: State, rgb: Pixels, at_ms: float) -> tuple[Advice | None, float | None]:
    """Take one decoded frame into `state`; return the advice, and how sharp the face is if it was described."""
    if state.started_ms is None:
        state.started_ms = at_ms
    at_ms = at_ms - state.started_ms
    if signs.is_duplicate(state, rgb):
        return None, None
    state.frames += 1
    at_ms = max(at_ms, state.last_ms + 1)
    faces = engine.find(rgb, near=_last_place(state))
    advice = _quality(rgb, faces)
    if not faces or advice is Advice.SEVERAL_FACES:
        state.lost = True
        return _advise(state, advice), None
    face = faces[0]
    state.faces += 1
    cues = read_cues(face.landmarks)
    chip = cut_chip(rgb, face.landmarks)
    steady = _is_steady(state, cues)
    movement = _movement(state, cues, chip)
    if not signs.follows(state, cues, chip, movement, at_ms):
        state.tied = False
    advice = advice or _posture(state, cues, steady=steady)
    described = describe_if_due(engine, state, rgb, face, cues, at_ms) if advice is None else None
    row = _row(state, cues, movement, at_ms, good=advice is None)
    state.rows = [*state.rows, row][-MOST_ROWS:]
    learn_straight(state, row)
    signs.count_depth(state, row)
    keep_reference(state, row, chip)
    for progress in state.progress:
        _advance(state, progress, at_ms)
    if state.free:
        _gather(state, at_ms)
    state.last_ms, state.last_chip, state.lost = at_ms, chip, False
    state.last_centre, state.last_width = cues.centre, cues.width
    return _advise(state, advice), described


def _last_place(state: State) -> tuple[int, int, int, int] | None:
    """Return where the face was in the frame before; None where the whole picture is to be searched.

    Looking there takes half the time, but does not notice a second person: now and then all is searched.
    """
    if state.lost or not state.last_width or state.frames % WHOLE_EVERY == 0:
        return None
    half, (x, y) = HALF_FACE * state.last_width, state.last_centre
    return round(x - half), round(y - 0.75 * half), round(x + half), round(y + 1.75 * half)


def _quality(rgb: Pixels, faces: Sequence[Face]) -> Advice | None:
    advice = advice_for(rgb, faces)
    return None if advice is Advice.BLURRED and sharpness(rgb, faces[0]) >= SOFTEST else advice


def _advise(state: State, advice: Advice | None) -> Advice | None:
    if advice is not None:
        state.advice[advice] = state.advice.get(advice, 0) + 1
    asking = state.placed and state.progress[0].asked is not None
    return None if asking and advice in {Advice.LOOK_STRAIGHT, Advice.HOLD_STILL} else advice


def _is_steady(state: State, cues: Cues) -> bool:
    if state.lost or not state.last_width:
        return False
    shift = np.hypot(cues.centre[0] - state.last_centre[0], cues.centre[1] - state.last_centre[1])
    scale = abs(np.log(cues.width / state.last_width))
    return bool(shift < STEADY_SHIFT * signs.FACE_WIDTH * cues.width and scale < STEADY_SCALE)


def _posture(state: State, cues: Cues, *, steady: bool) -> Advice | None:
    straight = state.yaw if state.placed else 0.0
    if abs(cues.yaw - straight) > FRONTAL_YAW or abs(cues.roll) > FRONTAL_ROLL:
        return Advice.LOOK_STRAIGHT
    return None if steady or not state.rows else Advice.HOLD_STILL


def _movement(state: State, cues: Cues, chip: Chip) -> Movement | None:
    """Return the movement since the reference where it may tell something; optical flow costs more than all the rest.

    Depth shows in a turn or nod, flatness in a face that shrinks one way, life in any frame now and then. What is
    established already, or is not asked for, is not looked for again.
    """
    reference = state.reference
    if reference is None:
        return None
    deep = signs.is_deep_enough(state) and not state.free
    asked = any(each.asked in WITH_DEPTH for each in state.progress) and state.placed
    aside = _is_aside(cues, state.reference_yaw, state.reference_pitch) or (
        state.placed and _is_aside(cues, state.yaw, state.pitch)
    )
    if aside and (asked or not deep):
        return compare(reference, chip)
    shrunk = not deep and stretch(reference.points, chip.points) >= SHRUNK
    lifeless = not signs.is_alive(state) and state.frames % LIFE_EVERY == 0
    return compare(reference, chip) if shrunk or lifeless else None


def _is_aside(cues: Cues, yaw: float, pitch: float) -> bool:
    return abs(cues.yaw - yaw) >= TURNED or abs(cues.pitch - pitch) >= NODDED


def _row(state: State, cues: Cues, movement: Movement | None, at_ms: float, *, good: bool) -> Row:
    return Row(
        at_ms=at_ms,
        eyes=cues.eyes,
        mouth=cues.mouth,
        yaw=cues.yaw,
        pitch=cues.pitch,
        turned=cues.yaw - state.yaw,
        tipped=cues.pitch - state.pitch,
        from_turned=cues.yaw - state.reference_yaw,
        from_tipped=cues.pitch - state.reference_pitch,
        across=movement.across if movement else 0.0,
        down=movement.down if movement else 0.0,
        error=movement.error if movement else 1.0,
        change=movement.change if movement else 0.0,
        stretch=movement.stretch if movement else 1.0,
        points=movement.points if movement else 0,
        good=float(good),
        gap=float(not state.tied),
    )


def _advance(state: State, progress: Progress, at_ms: float) -> None:
    """Move the challenge on when the present action was seen since it was asked for."""
    if not state.placed or progress.asked is None:
        return
    since = [row for row in state.rows if row.at_ms > progress.asked_ms]
    if is_seen(progress.asked, since, state.rows):
        progress.done_ms.append(round(at_ms))
        progress.asked_ms = at_ms


def _gather(state: State, at_ms: float) -> None:
    """Without a fixed challenge: add every action that was seen and not noted before, in the order of the video."""
    if not state.placed:
        return
    shown = state.progress[0]
    for action in Action:
        if action not in shown.actions and is_seen(action, state.rows, state.rows):
            shown.actions = (*shown.actions, action)
            shown.done_ms.append(round(at_ms))
