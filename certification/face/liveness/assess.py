"""What the whole attempt says, from its state alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from certification.face.liveness import state as memory
from certification.face.liveness.describing import FEWEST_DESCRIBED
from certification.face.liveness.signs import attack_signs
from certification.face.types import ActionSeen, Advice, Assessment, Verdict

if TYPE_CHECKING:
    from certification.face.liveness.state import Progress, State
    from certification.face.types import Descriptor, FaceEngine, Template

MOST_PROBES = 6


def assess(engine: FaceEngine, state: bytes, template: Template | None) -> Assessment:
    """Return everything the attempt says; raise ValueError for a foreign state."""
    return judge(engine, memory.decode(state), template)


def judge(engine: FaceEngine, state: State, template: Template | None) -> Assessment:
    """Return the assessment of a decoded state; of several readings of the challenge the one that got furthest."""
    began = time.perf_counter()
    progress = max(state.progress, key=lambda each: each.step)
    seen = actions_seen(state, progress)
    found = attack_signs(engine, state)
    done = bool(seen) and all(each.done for each in seen)
    probe, count = _probe(state)
    verdict, distance = _compare(engine, probe, count, template)
    return Assessment(
        engine_id=engine.engine_id,
        live=done and not found,
        actions=seen,
        attack_signs=found,
        verdict=verdict,
        distance=distance,
        continuity=state.apart,
        probe=None if probe is None else probe.astype(np.float32).tobytes(),
        probe_frames=count,
        advice=None if done and count >= FEWEST_DESCRIBED else _advice(state),
        frames=state.frames,
        elapsed_ms=(time.perf_counter() - began) * 1000,
    )


def actions_seen(state: State, progress: Progress) -> tuple[ActionSeen, ...]:
    """Return each action of a challenge and when it was seen.

    An action only counts once a described straight look has followed it: whoever did it is then known to be the one.
    """
    last = -1.0 if state.described_ms is None else state.described_ms
    times: list[int | None] = [at if at < last else None for at in progress.done_ms]
    times += [None] * (len(progress.actions) - len(times))
    meant = progress.meant or progress.actions
    return tuple(ActionSeen(action, at is not None, at) for action, at in zip(meant, times, strict=True))


def _probe(state: State) -> tuple[Descriptor | None, int]:
    """Return the mean of the sharpest descriptors and how many they are; None without any."""
    best = sorted(range(len(state.descriptors)), key=lambda i: -state.sharpness[i])[:MOST_PROBES]
    if not best:
        return None, 0
    mean = np.mean([state.descriptors[i] for i in best], axis=0)
    return np.asarray(mean, dtype=np.float32), len(best)


def _compare(
    engine: FaceEngine, probe: Descriptor | None, count: int, template: Template | None
) -> tuple[Verdict, float | None]:
    if probe is None or template is None or template.engine_id != engine.engine_id:
        return Verdict.UNUSABLE, None
    distance = engine.distance(probe, np.frombuffer(template.descriptor, dtype=np.float32))
    return (Verdict.UNUSABLE if count < FEWEST_DESCRIBED else engine.thresholds.verdict(distance)), distance


def _advice(state: State) -> Advice:
    """Return what stood in the way most often."""
    if not state.advice:
        return Advice.NO_FACE if not state.faces else Advice.LOOK_STRAIGHT
    return Advice(max(state.advice, key=lambda each: state.advice[each]))
