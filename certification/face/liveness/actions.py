"""Whether an action was seen in a series of frames; the thresholds and their reasons are in docs/liveness.md.

Each action has to begin after it was asked for: first the neutral face, then the movement, then (but for turns) the
neutral face again, without a gap in between. Whoever already holds the movement when asked has to come back first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from certification.face.types import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.liveness.state import Row

EYES_CLOSED = 0.65  # of the person's own open eye
EYES_OPEN = 0.80
MOUTH_OPENED = 0.25  # over the mouth at rest
MOUTH_SHUT = 0.12
TURNED = 0.18
STRAIGHT = 0.10
NODDED = 0.07
LEVEL = 0.035
DEEP_TURN = 0.03  # parallax of the nose, in distances between the eyes
DEEP_NOD = 0.02
CERTAIN = 1.5  # times its standard error
STEADY_EYES_TURN, STEADY_EYES_NOD = 0.20, 0.10  # beyond these the eye's ratio says nothing
UNFINISHED = (0.15, 0.85)  # of the widest turn: a frame between, so that the turn was seen to develop
TURNS = {Action.TURN_RIGHT: 1.0, Action.TURN_LEFT: -1.0}
MIRRORED = {Action.TURN_LEFT: Action.TURN_RIGHT, Action.TURN_RIGHT: Action.TURN_LEFT}


def is_seen(action: Action, rows: Sequence[Row], history: Sequence[Row]) -> bool:
    """Return whether `action` was done within `rows`, the frames since it was asked for.

    history: all remembered frames, for the person's own open eye and resting mouth.
    """
    if action is Action.BLINK:
        return _is_blink(rows, open_eyes(history))
    if action is Action.OPEN_MOUTH:
        return _is_open_mouth(rows, resting_mouth(history))
    if action is Action.NOD:
        return _is_nod(rows)
    return _is_turn(rows, TURNS[action])


def open_eyes(rows: Sequence[Row]) -> float:
    """Return the person's own open eye: a high percentile, because lids droop and blinks are short."""
    seen = [row.eyes for row in rows if abs(row.turned) < STEADY_EYES_TURN]
    return float(np.percentile(seen, 80)) if seen else 1.0


def resting_mouth(rows: Sequence[Row]) -> float:
    """Return the person's own mouth at rest."""
    return float(np.percentile([row.mouth for row in rows], 20)) if rows else 0.0


def turn_parallax(row: Row) -> float:
    """Return the nose's parallax in the direction of the turn since the reference; 0 where it is not certain."""
    if not row.points or abs(row.from_turned) < STRAIGHT:
        return 0.0
    # turning to the person's right moves the nose to the left of the picture
    parallax = -row.across * np.sign(row.from_turned)
    return float(parallax) if parallax > CERTAIN * row.error else 0.0


def nod_parallax(row: Row) -> float:
    """Return the nose's parallax in the direction of the nod since the reference; 0 where it is not certain."""
    if not row.points or abs(row.from_tipped) < LEVEL:
        return 0.0
    parallax = row.down * np.sign(row.from_tipped)
    return float(parallax) if parallax > CERTAIN * row.error else 0.0


def is_deep(row: Row) -> bool:
    """Return whether this frame shows depth by itself: a turn or a nod with the nose's parallax."""
    turned = abs(row.from_turned) >= TURNED and turn_parallax(row) >= DEEP_TURN
    return turned or (abs(row.from_tipped) >= NODDED and nod_parallax(row) >= DEEP_TURN)


def _is_blink(rows: Sequence[Row], open_eye: float) -> bool:
    began = closed = False
    for row in rows:
        if row.gap or abs(row.turned) > STEADY_EYES_TURN or abs(row.tipped) > STEADY_EYES_NOD:
            began = closed = False
        elif row.eyes >= EYES_OPEN * open_eye:
            if closed:
                return True
            began = True
        elif row.eyes < EYES_CLOSED * open_eye and began:
            closed = True
    return False


def _is_open_mouth(rows: Sequence[Row], rest: float) -> bool:
    began = opened = False
    for row in rows:
        if row.gap:
            began = opened = False
        elif row.mouth < rest + MOUTH_SHUT:
            if opened:
                return True
            began = True
        elif row.mouth > rest + MOUTH_OPENED and began:
            opened = True
    return False


def _is_nod(rows: Sequence[Row]) -> bool:
    began, way, depth = False, 0.0, 0.0
    for row in rows:
        if row.gap:
            began, way, depth = False, 0.0, 0.0
        elif abs(row.tipped) < LEVEL:
            if way and depth >= DEEP_NOD:
                return True
            began, way, depth = True, 0.0, 0.0
        elif began and abs(row.tipped) >= NODDED:
            way = float(np.sign(row.tipped))
            depth = max(depth, nod_parallax(row))
    return False


def _is_turn(rows: Sequence[Row], way: float) -> bool:
    run: list[Row] = []
    began = False
    for row in rows:
        if row.gap:
            began, run = False, []
        elif way * row.turned < STRAIGHT:
            if began and _is_whole_turn([*run, row], way):
                return True
            began, run = True, [row]
        elif began:
            run.append(row)
            if _is_whole_turn(run, way):
                return True
    return False


def _is_whole_turn(run: Sequence[Row], way: float) -> bool:
    """Return whether the frames go wide enough, through an angle between, and with the parallax of a real nose."""
    widths = [way * row.turned for row in run]
    widest = max(widths)
    if widest < TURNED:
        return False
    between = any(UNFINISHED[0] * widest < width < UNFINISHED[1] * widest for width in widths)
    return between and any(
        turn_parallax(row) >= DEEP_TURN for row, width in zip(run, widths, strict=True) if width >= TURNED
    )
