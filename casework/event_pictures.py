"""Photographs of papers that prove a life event: a death certificate, a judgment, a passport's page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.life_events import find_event
from casework.rights import StaffRight
from casework.scope import require
from certification.evidence import name_picture, open_one_of
from clock import local_date
from models import EvidenceImage, EvidenceWaste
from models.audit import record
from models.evidence import EvidencePurpose
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from certification.evidence import StoredPicture
    from models import LifeEvent, Staff
    from models.audit import Actor

MOST_PICTURES = 20


def may_add_picture(session: Session, staff: Staff, event_id: uuid.UUID) -> tuple[LifeEvent, uuid.UUID]:
    """Return a record that takes one more photograph, and whose it is; asked before anything slow is done for it.

    Raises Refusal: `not_yours`; `person_unknown`, for a picture belongs to somebody; `event_ended` where the record was
    found false or was reversed; `pictures_full`.
    """
    require(staff, StaffRight.CORROBORATE_EVENTS)
    event = find_event(session, staff, event_id)
    if event.retiree_id is None:
        raise Refusal("person_unknown")
    if not event.is_standing:
        raise Refusal("event_ended")
    if len(pictures_of(session, event)) >= MOST_PICTURES:
        raise Refusal("pictures_full", most=MOST_PICTURES)
    return event, event.retiree_id


def add_picture(
    session: Session,
    staff: Staff,
    event_id: uuid.UUID,
    stored: StoredPicture,
    *,
    keep_days: int,
    actor: Actor,
    now: datetime,
) -> EvidenceImage:
    """Put a photograph with a record; the same one sent again is there once. Raises Refusal as `may_add_picture`."""
    event, retiree_id = may_add_picture(session, staff, event_id)
    known = next((one for one in pictures_of(session, event) if one.content_index == stored.content_index), None)
    if known is not None:
        session.add(EvidenceWaste(storage_key=stored.key, since=now))
        return known
    image = name_picture(
        session,
        stored,
        retiree_id=retiree_id,
        purpose=EvidencePurpose.LIFE_EVENT,
        attempt_id=None,
        destroy_on=local_date(now) + timedelta(days=keep_days),
        now=now,
    )
    image.life_event_id = event.id
    record(session, actor, "event.picture", event, now=now)
    return image


def pictures_of(session: Session, event: LifeEvent) -> Sequence[EvidenceImage]:
    """Return the photographs with a record that the caller has found in reach, the oldest first."""
    return session.scalars(
        select(EvidenceImage)
        .where(EvidenceImage.life_event_id == event.id)
        .order_by(EvidenceImage.created_at, EvidenceImage.id)
    ).all()


def open_event_picture(
    session: Session, staff: Staff, event_id: uuid.UUID, image_id: uuid.UUID, *, actor: Actor, now: datetime
) -> EvidenceImage:
    """Return a photograph of a record; each opening is written down. Raises Refusal `not_yours`."""
    require(staff, StaffRight.CORROBORATE_EVENTS)
    event = find_event(session, staff, event_id)
    return open_one_of(session, pictures_of(session, event), image_id, of=f"event {event.number}", actor=actor, now=now)
