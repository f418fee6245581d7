"""Signs that no living person was before the camera, gathered frame by frame and judged at the end."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from certification.face.liveness.actions import TURNED, is_deep
from certification.face.liveness.chips import likeness
from certification.face.liveness.depth import compare
from certification.face.liveness.state import DIGEST_BYTES
from certification.face.types import AttackSign

if TYPE_CHECKING:
    from certification.face.liveness.chips import Chip
    from certification.face.liveness.cues import Cues
    from certification.face.liveness.depth import Movement
    from certification.face.liveness.state import Row, State
    from certification.face.types import FaceEngine, Pixels

JUMP_SHIFT = 0.8  # face widths within a quarter of a second
JUMP_SCALE = 0.30  # natural logarithm of the size's ratio
JUMP_LIKENESS = 0.50
SAME_LIKENESS = 0.85  # two different people reach 0.74
SAME_POINTS, SAME_CHANGE = 36, 0.58
JUMP_WINDOW_MS = 700.0
SAME_WINDOW_MS = 1500.0
QUARTER_MS = 250.0
FACE_WIDTH = 1.6  # face width in widths between the outer eye corners
FRONTAL = 0.12
STATIC_CHANGE = 0.04
STATIC_FRAMES = 6  # compared ones, every third or more
FLAT_STRETCH = 1.18
FLAT_PARALLAX = 0.012
FLAT_ERROR = 0.008
FLAT_POINTS = 30
FLAT_FRAMES = 3
REPEATED_FRAMES = 3
DEEP_FRAMES = 2


def is_duplicate(state: State, rgb: Pixels) -> bool:
    """Return whether the picture is the one before once more (a stalled camera); count it when it came earlier.

    No camera gives the same pixels twice, so a picture that returns after others is a loop.
    """
    # every fourth line: another exposure differs in all of them
    digest = hashlib.blake2b(rgb[::4].tobytes(), digest_size=DIGEST_BYTES).digest()
    if state.digests and state.digests[-1] == digest:
        return True
    if digest in state.digests:
        state.repeated += 1
    state.digests.append(digest)
    return False


def follows(state: State, cues: Cues, chip: Chip, movement: Movement | None, at_ms: float) -> bool:
    """Return whether the face is plausibly the one of the frame before, and count a jump where it cannot be.

    movement: since the reference, where it is known; who flows on from there needs no second comparison.
    """
    if state.last_chip is None:
        return False
    since = max(at_ms - state.last_ms, 1.0)
    width = FACE_WIDTH * min(cues.width, state.last_width)
    shift = float(np.hypot(cues.centre[0] - state.last_centre[0], cues.centre[1] - state.last_centre[1])) / width
    scale = abs(float(np.log(cues.width / state.last_width)))
    slack = max(1.0, since / QUARTER_MS)
    moved = shift > JUMP_SHIFT * slack or scale > JUMP_SCALE * slack
    frontal = bool(state.rows) and abs(state.rows[-1].yaw - cues.yaw) < FRONTAL
    alike = likeness(state.last_chip.grey, chip.grey)
    changed = frontal and alike < JUMP_LIKENESS
    if not state.lost and since <= JUMP_WINDOW_MS and (moved or changed):
        state.jumps += 1
        return False
    if since > SAME_WINDOW_MS or moved or not state.tied:  # nothing to follow from: only a descriptor ties it again
        return False
    return alike >= SAME_LIKENESS or _is_same_skin(movement) or _is_same_skin(compare(state.last_chip, chip))


def _is_same_skin(movement: Movement | None) -> bool:
    """Return whether one chip flows into the other: the same skin a moment later, however far it turned."""
    return movement is not None and movement.points >= SAME_POINTS and movement.change < SAME_CHANGE


def count_depth(state: State, row: Row) -> None:
    """Count what this frame says for and against depth."""
    if not row.points:
        return
    state.compared += 1
    state.most_change = max(state.most_change, row.change)
    if is_deep(row):
        state.deep_frames += 1
    parallax = float(np.hypot(row.across, row.down))
    viewed_aside = row.stretch >= FLAT_STRETCH or abs(row.from_turned) >= TURNED
    certain = row.error < FLAT_ERROR and row.points >= FLAT_POINTS
    if viewed_aside and certain and parallax < FLAT_PARALLAX:
        state.flat_frames += 1


def is_deep_enough(state: State) -> bool:
    """Return whether depth was seen; it stays so, whatever comes."""
    return state.deep_frames >= DEEP_FRAMES


def is_alive(state: State) -> bool:
    """Return whether more than the movement of a flat picture was seen; it stays so, whatever comes."""
    return state.most_change >= STATIC_CHANGE


def attack_signs(engine: FaceEngine, state: State) -> tuple[AttackSign, ...]:
    """Return the signs that stand at the end of an attempt."""
    standing = {
        AttackSign.STATIC_PICTURE: state.compared >= STATIC_FRAMES and not is_alive(state),
        AttackSign.FLAT_SURFACE: state.flat_frames >= FLAT_FRAMES and not is_deep_enough(state),
        AttackSign.NO_DEPTH_SEEN: not is_deep_enough(state),
        AttackSign.IDENTITY_CHANGED: state.apart is not None and state.apart > engine.thresholds.review,
        AttackSign.REPEATED_FRAMES: state.repeated >= REPEATED_FRAMES,
        AttackSign.JUMP: state.jumps > 0,
    }
    return tuple(sign for sign, stands in standing.items() if stands)
