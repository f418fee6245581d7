"""The person's own straight look: the zero of every turn and nod, and the chip they are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.liveness.chips import Chip
    from certification.face.liveness.state import Row, State

FRONTAL_YAW = 0.20
GOOD_FRAMES, OF_LAST = 3, 5
NEAR_YAW, NEAR_PITCH = 0.10, 0.06
REFERENCE_YAW, REFERENCE_PITCH = 0.06, 0.04
REFERENCE_MS = 1000.0
DRIFT = 0.1  # share by which a straight look moves the person's own zero
RESTING_FRAMES, RESTING_SPREAD = 9, 0.015


def learn_straight(state: State, row: Row) -> None:
    """Find the person's own straight look in the first good frames, and let it follow slow changes of posture."""
    if not state.placed:
        good = [each for each in state.rows[-OF_LAST:] if each.good and not each.gap]
        if len(good) >= GOOD_FRAMES:
            _set_straight(state, good)
            state.placed = True
            for progress in state.progress:
                progress.asked_ms = row.at_ms
        return
    if abs(row.turned) < NEAR_YAW and abs(row.tipped) < NEAR_PITCH:
        state.yaw += DRIFT * row.turned
        state.pitch += DRIFT * row.tipped
        return
    recent = state.rows[-RESTING_FRAMES:]
    still = all(np.std([getattr(each, name) for each in recent]) < RESTING_SPREAD for name in ("yaw", "pitch"))
    if len(recent) == RESTING_FRAMES and still and abs(row.yaw) < FRONTAL_YAW:
        _set_straight(state, recent)


def _set_straight(state: State, rows: Sequence[Row]) -> None:
    state.yaw = float(np.median([each.yaw for each in rows]))
    state.pitch = float(np.median([each.pitch for each in rows]))


def keep_reference(state: State, row: Row, chip: Chip) -> None:
    """Keep the straight face that later frames are compared with; renewed, because light and distance change."""
    if not row.good or row.gap:
        return
    straight = abs(row.yaw - state.yaw) < REFERENCE_YAW and abs(row.pitch - state.pitch) < REFERENCE_PITCH
    stale = state.reference is None or row.at_ms - state.reference_ms >= REFERENCE_MS
    if stale and (straight or not state.placed):
        state.reference, state.reference_ms = chip, row.at_ms
        state.reference_yaw, state.reference_pitch = row.yaw, row.pitch
