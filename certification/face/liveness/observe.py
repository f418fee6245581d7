"""One streamed frame of an attempt: what it shows and what is asked next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from certification.face.decode import decode_frame
from certification.face.liveness.describing import FEWEST_DESCRIBED
from certification.face.liveness.look import look
from certification.face.liveness.state import Progress, State, decode, encode
from certification.face.types import FrameReport

if TYPE_CHECKING:
    from certification.face.types import Action, FaceEngine


def begin(actions: tuple[Action, ...]) -> bytes:
    """Return the first state of an attempt that asks for `actions` in this order."""
    return encode(State(progress=[Progress(actions)]))


def observe(engine: FaceEngine, state: bytes, jpeg: bytes, at_ms: int) -> FrameReport:
    """Look at one streamed frame, `at_ms` on the caller's clock, and return what it changed.

    Raise PictureRefused when it cannot be decoded (the state then stays as it was), ValueError for a foreign state.
    """
    began = time.perf_counter()
    current = decode(state)
    advice, sharp = look(engine, current, decode_frame(jpeg), at_ms)
    progress = current.progress[0]
    phase = "action" if current.placed else "position"
    if current.placed and progress.asked is None:
        # after the last action one straight look more, so that the end shows the same face as the beginning
        phase = "done" if is_closed(current) else "position"
    return FrameReport(
        state=encode(current),
        phase=phase,
        asked=progress.asked if phase == "action" else None,
        step=progress.step,
        steps=len(progress.actions),
        advice=advice if phase != "done" else None,
        keep=sharp is not None,
        elapsed_ms=(time.perf_counter() - began) * 1000,
    )


def is_closed(state: State) -> bool:
    """Return whether a described straight look followed the last action, and there are enough of them."""
    done = state.progress[0].done_ms
    last = done[-1] if done else -1
    return state.described >= FEWEST_DESCRIBED and state.described_ms is not None and state.described_ms > last
