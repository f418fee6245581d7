"""Face work whose findings a test writes down beforehand. A frame's first word says what it shows."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from certification.face.types import (
    Action,
    ActionSeen,
    Advice,
    Assessment,
    FaceBusy,
    FaceTimeout,
    FaceWorkerLost,
    FrameReport,
    PhotoMatch,
    PhotoReport,
    PictureRefused,
    Template,
    Verdict,
    VideoReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE_ID = "fake-1"
DESCRIPTOR = struct.pack("<4f", 0.1, 0.2, 0.3, 0.4)

_FAULTS: dict[bytes, Exception] = {
    b"crash": FaceWorkerLost(),
    b"slow": FaceTimeout(),
    b"busy": FaceBusy(),
    b"garbage": PictureRefused(Advice.NOT_AN_IMAGE),
}


class ScriptedFaces:
    """Frames that begin with `seen` show the action asked for; the others named in `_FAULTS` fail so.

    assessment: what every attempt is found to be, once its actions were seen; tests change it. looked_at: how many
    frames and videos were looked at. on_observe: called before a frame is looked at, for what happens meanwhile.
    """

    engine_id = ENGINE_ID

    def __init__(self) -> None:
        self.assessment = Assessment(
            engine_id=ENGINE_ID,
            live=True,
            actions=(),
            attack_signs=(),
            verdict=Verdict.MATCH,
            distance=0.2,
            continuity=0.1,
            probe=DESCRIPTOR,
            probe_frames=3,
            advice=None,
            frames=10,
            elapsed_ms=1.0,
        )
        self.looked_at = 0
        self.templates: list[Template | None] = []
        self.on_observe: Callable[[], object] = lambda: None

    def begin(self, actions: tuple[Action, ...]) -> bytes:
        return json.dumps({"actions": [action.value for action in actions], "step": 0}).encode()

    def observe(self, state: bytes, jpeg: bytes, at_ms: int) -> FrameReport:
        del at_ms
        self._fail_as(jpeg)
        self.on_observe()
        told = json.loads(state)
        if jpeg.startswith(b"seen"):
            told["step"] += 1
        steps = len(told["actions"])
        is_done = told["step"] >= steps
        return FrameReport(
            state=json.dumps(told).encode(),
            phase="done" if is_done else "action",
            asked=None if is_done else Action(told["actions"][told["step"]]),
            step=told["step"],
            steps=steps,
            advice=Advice.TOO_FAR if jpeg.startswith(b"far") else None,
            keep=jpeg.startswith(b"seen"),
            elapsed_ms=1.0,
        )

    def assess(self, state: bytes, template: Template | None) -> Assessment:
        self.templates.append(template)
        told = json.loads(state)
        seen = tuple(
            ActionSeen(Action(action), done=number < told["step"], at_ms=None)
            for number, action in enumerate(told["actions"])
        )
        return replace(self.assessment, actions=seen)

    def watch(
        self, video: bytes, actions: tuple[Action, ...], template: Template | None, *, free_choice: bool
    ) -> VideoReport:
        del free_choice
        self._fail_as(video)
        self.templates.append(template)
        seen = tuple(ActionSeen(action, done=video.startswith(b"seen"), at_ms=None) for action in actions)
        return VideoReport(replace(self.assessment, actions=seen), (b"one frame", b"another frame"))

    def match_photo(self, data: bytes, template: Template | None) -> PhotoMatch:
        self._fail_as(data)
        self.templates.append(template)
        told = self.assessment
        if template is None:
            return PhotoMatch(ENGINE_ID, Verdict.UNUSABLE, None, None)
        return PhotoMatch(ENGINE_ID, told.verdict, told.distance, told.advice)

    def measure_photo(self, data: bytes) -> PhotoReport:
        return PhotoReport(ENGINE_ID, None, DESCRIPTOR if data else None, 300, 1.0)

    def redraw_photo(self, data: bytes) -> bytes:
        self._fail_as(data)
        return b"drawn anew: " + data

    def is_ready(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to close."""

    def _fail_as(self, content: bytes) -> None:
        self.looked_at += 1
        fault = _FAULTS.get(content.split(b" ")[0])
        if fault is not None:
            raise fault
