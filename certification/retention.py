"""Destroying faces: of whoever takes consent back, and of whoever draws no pension any more for a year.

What goes on its own day is `certification.destruction`'s.

Rows go in one transaction together with the record of it and the names of the stored files, which go afterwards: a
process that dies in between leaves nothing that only it knew of.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from certification.consents import has_refused, in_force, speaks_for
from clock import local_date
from models import Attempt, Benefit, Consent, EvidenceImage, EvidenceWaste, FaceTemplate, Retiree
from models.attempt import AttemptStatus
from models.audit import record
from models.evidence import EvidencePurpose
from policy.months import month_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor

MOST = 100
# What a face is known by; pictures of a visit are the record of an official act and go by their own day.
_OF_THE_FACE = (EvidencePurpose.REFERENCE, EvidencePurpose.ATTEMPT)


def destroy_withdrawn_faces(session: Session, *, actor: Actor, now: datetime) -> int:
    """Destroy templates and pictures of up to a hundred people whose consent was taken back; return how many.

    Whoever consented again meanwhile keeps them; an attempt under way is let to its end. What somebody who merely
    claims a person consented to, or took back, neither keeps a face nor destroys it.
    """
    has_agreed = exists().where(*in_force(Retiree.id), speaks_for(Consent.account_id, Consent.retiree_id))
    running = exists().where(Attempt.retiree_id == Retiree.id, Attempt.status == AttemptStatus.RUNNING)
    has_face = exists().where(FaceTemplate.retiree_id == Retiree.id)
    people = session.scalars(
        select(Retiree)
        .where(has_face, has_refused(Retiree.id), ~has_agreed, ~running)
        .order_by(Retiree.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    ).all()
    for retiree in people:
        destroy_face(session, retiree, "consent_withdrawn", actor=actor, now=now)
    return len(people)


def destroy_ended_faces(session: Session, days: int, *, actor: Actor, now: datetime) -> int:
    """Destroy the faces of up to a hundred people whose pension ended more than `days` ago; return how many people."""
    ended_by = month_of(local_date(now) - timedelta(days=days))
    people = session.scalars(
        select(Retiree)
        .join(Benefit, Benefit.id == Retiree.id)
        .where(Benefit.last_month < ended_by, exists().where(FaceTemplate.retiree_id == Retiree.id))
        .order_by(Retiree.id)
        .limit(MOST)
        .with_for_update(skip_locked=True, of=Retiree)
    ).all()
    for retiree in people:
        destroy_face(session, retiree, "pension_ended", actor=actor, now=now)
    return len(people)


def destroy_face(session: Session, retiree: Retiree, reason: str, *, actor: Actor, now: datetime) -> None:
    """Destroy every template of somebody's face and the pictures that templates are made from."""
    session.execute(delete(FaceTemplate).where(FaceTemplate.retiree_id == retiree.id))
    pictures = session.scalars(
        select(EvidenceImage).where(EvidenceImage.retiree_id == retiree.id, EvidenceImage.purpose.in_(_OF_THE_FACE))
    ).all()
    _destroy(session, pictures, reason, actor, now)
    record(session, actor, "face.destroy", retiree, now=now, reason=reason)


def _destroy(session: Session, pictures: Sequence[EvidenceImage], reason: str, actor: Actor, now: datetime) -> None:
    if not pictures:
        return
    ids: list[uuid.UUID] = [picture.id for picture in pictures]
    for picture in pictures:
        session.add(EvidenceWaste(storage_key=picture.storage_key, since=now))
        record(session, actor, "image.destroy", picture, now=now, reason=f"{picture.purpose.value}: {reason}")
    session.execute(update(FaceTemplate).where(FaceTemplate.image_id.in_(ids)).values(image_id=None))
    session.execute(delete(EvidenceImage).where(EvidenceImage.id.in_(ids)))
