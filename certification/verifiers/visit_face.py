"""The face at a visit: one photograph or a short video, taken by staff who stand before the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certification.face.types import Verdict

if TYPE_CHECKING:
    from certification.face.types import Advice, Template
    from certification.verifiers.face_work import FaceWork


@dataclass(frozen=True)
class VisitFace:
    """What the engine says of the picture, and the picture that is kept.

    No liveness is asked for: a member of staff was there. advice: why a picture cannot serve.
    """

    engine_id: str
    verdict: Verdict
    distance: float | None
    advice: Advice | None
    picture: bytes


def look_at_visit(faces: FaceWork, content: bytes, template: Template | None, *, is_video: bool) -> VisitFace:
    """Compare a photograph, or the best frames of a video, with the retiree's template.

    Slow: call outside any transaction. Raises PictureRefused, FaceBusy, FaceTimeout and FaceWorkerLost.
    """
    if not is_video:
        match = faces.match_photo(content, template)
        return VisitFace(match.engine_id, match.verdict, match.distance, match.advice, content)
    seen = faces.watch(content, (), template, free_choice=True)
    found = seen.assessment
    picture = seen.best_frames[0] if seen.best_frames else b""
    verdict = found.verdict if picture else Verdict.UNUSABLE
    return VisitFace(found.engine_id, verdict, found.distance, found.advice, picture)
