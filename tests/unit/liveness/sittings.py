"""An attempt as the application runs one: frame after frame, the state kept as bytes in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certification.face.liveness import assess, begin, observe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.types import Action, Assessment, FaceEngine, FrameReport

FPS = 5
LARGEST_STATE = 64 * 1024


def sit(
    engine: FaceEngine, frames: Sequence[bytes], actions: tuple[Action, ...], *, fps: float = FPS
) -> tuple[Assessment, list[FrameReport]]:
    """Stream frames until the attempt is done; return what it says, and every report."""
    state = begin(actions)
    reports: list[FrameReport] = []
    for number, jpeg in enumerate(frames):
        report = observe(engine, state, jpeg, round(1000 * number / fps))
        assert len(report.state) <= LARGEST_STATE
        state = report.state
        reports.append(report)
        if report.phase == "done":
            break
    return assess(engine, state, None), reports
