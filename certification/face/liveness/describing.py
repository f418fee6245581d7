"""When a frame's descriptor is taken: they cost more than all the rest, and each one ties the face to its identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from certification.face.liveness.actions import open_eyes, resting_mouth
from certification.face.quality import sharpness

if TYPE_CHECKING:
    from certification.face.liveness.cues import Cues
    from certification.face.liveness.state import State
    from certification.face.types import Descriptor, Face, FaceEngine, Pixels

DESCRIBE_MS, DESCRIBE_LATER_MS = 800.0, 6000.0
FEWEST_DESCRIBED = 3
MOST_KEPT = 8
MOST_DESCRIBED = 24  # bounds the cost of an attempt in which the face is lost again and again
DESCRIBED_YAW, DESCRIBED_PITCH = 0.12, 0.08
DESCRIBED_MOUTH, DESCRIBED_EYES = 0.30, 0.70


def describe_if_due(
    engine: FaceEngine, state: State, rgb: Pixels, face: Face, cues: Cues, at_ms: float
) -> float | None:
    """Take a descriptor when one is due and the face is straight and at rest; return then how sharp it is."""
    if not _is_due(state, at_ms):
        return None
    if state.placed:
        straight = abs(cues.yaw - state.yaw) < DESCRIBED_YAW and abs(cues.pitch - state.pitch) < DESCRIBED_PITCH
        resting = cues.mouth < resting_mouth(state.rows) + DESCRIBED_MOUTH
        if not (straight and resting and cues.eyes > DESCRIBED_EYES * open_eyes(state.rows)):
            return None
    sharp = sharpness(rgb, face)
    _keep(engine, state, np.asarray(engine.describe(rgb, face), dtype=np.float32), sharp)
    state.described_ms = at_ms
    state.tied = True
    return sharp


def _keep(engine: FaceEngine, state: State, descriptor: Descriptor, sharp: float) -> None:
    """Keep a descriptor for the mean, the least sharp one giving way, and its largest distance for good."""
    for other in state.descriptors:
        state.apart = max(state.apart or 0.0, engine.distance(descriptor, other))
    state.descriptors.append(descriptor)
    state.sharpness.append(sharp)
    state.described += 1
    if len(state.descriptors) > MOST_KEPT:
        worst = int(np.argmin(state.sharpness))
        del state.descriptors[worst], state.sharpness[worst]


def _is_due(state: State, at_ms: float) -> bool:
    """Return whether a descriptor is due: at first, after an action, where the face may be another, now and then."""
    if state.described >= MOST_DESCRIBED:
        return False
    if state.described_ms is None or not state.tied:
        return True
    since = at_ms - state.described_ms
    if since < DESCRIBE_MS:
        return False
    acted = any(each.done_ms and each.done_ms[-1] >= state.described_ms for each in state.progress)
    return acted or state.described < FEWEST_DESCRIBED or since >= DESCRIBE_LATER_MS
