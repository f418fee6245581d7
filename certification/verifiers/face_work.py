"""What a verifier asks of the worker processes that look at faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from certification.face.types import Action, Assessment, FrameReport, PhotoMatch, Template, VideoReport


class FaceWork(Protocol):
    """Looks at pictures elsewhere. Each call may raise PictureRefused, FaceBusy, FaceTimeout or FaceWorkerLost."""

    @property
    def engine_id(self) -> str:
        """The engine whose templates can be compared."""

    def begin(self, actions: tuple[Action, ...]) -> bytes:
        """Return the first liveness state of a challenge."""

    def observe(self, state: bytes, jpeg: bytes, at_ms: int) -> FrameReport:
        """Look at one more frame."""

    def assess(self, state: bytes, template: Template | None) -> Assessment:
        """Say everything the frames so far tell."""

    def match_photo(self, data: bytes, template: Template | None) -> PhotoMatch:
        """Say whether a photograph taken now shows the person of a template."""

    def watch(
        self, video: bytes, actions: tuple[Action, ...], template: Template | None, *, free_choice: bool
    ) -> VideoReport:
        """Look at a whole video. With `free_choice` any two actions that it shows are the challenge."""
