"""Pictures whose day has come: which ones, and what is written when they are gone (Art. 29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import EvidenceImage
from models.audit import record

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor


def find_due_pictures(session: Session, today: date, *, most: int) -> Sequence[tuple[uuid.UUID, str]]:
    """Return ids and storage keys of up to `most` pictures that must be destroyed by today."""
    due = select(EvidenceImage.id, EvidenceImage.storage_key).where(EvidenceImage.destroy_on <= today).limit(most)
    return [(row.id, row.storage_key) for row in session.execute(due)]


def forget_picture(session: Session, image_id: uuid.UUID, *, actor: Actor, now: datetime) -> bool:
    """Write down that a picture is destroyed and drop its row; False when somebody else has done so.

    Its file goes before this: a process that dies in between leaves the row, and the picture is destroyed once more.
    """
    image = session.get(EvidenceImage, image_id, with_for_update=True)
    if image is None:
        return False
    record(session, actor, "image.destroy", image, now=now, reason=image.purpose.value)
    session.delete(image)
    return True
