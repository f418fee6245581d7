"""Where one retiree stands: derived from their certifications and the day, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from certification.year import Standing, first_due_by, may_certify_on, standing_on
from clock import local_date
from models import Certification, LifeEvent, Retiree
from models.life_event import STANDING_EVENTS, LifeEventKind

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from policy.rules import RuleSet


def is_said_dead() -> ColumnElement[bool]:
    """Return the condition that somebody told of a retiree's death, and nobody found it wrong."""
    return exists().where(
        LifeEvent.retiree_id == Retiree.id,
        LifeEvent.kind == LifeEventKind.DEATH,
        LifeEvent.status.in_(STANDING_EVENTS),
    )


@dataclass(frozen=True)
class RetireeStanding:
    """The standing on a day, the last certification, the next day that counts, and whether certifying is of use."""

    standing: Standing
    last: Certification | None
    due_by: date
    may_certify: bool


def last_certification(session: Session, retiree_id: uuid.UUID) -> Certification | None:
    """Return the certification that counts longest; one that was revoked counts not at all."""
    return session.scalar(
        select(Certification)
        .where(Certification.retiree_id == retiree_id, Certification.revoked_at.is_(None))
        .order_by(Certification.valid_until.desc())
        .limit(1)
    )


def find_standing(session: Session, retiree: Retiree, rules: RuleSet, *, now: datetime) -> RetireeStanding:
    """Return where `retiree` stands today by `rules` (Art. 16(2))."""
    today = local_date(now)
    last = last_certification(session, retiree.id)
    valid_until = last.valid_until if last else None
    due_by = (
        last.next_due_by if last else first_due_by(retiree.entitled_from, local_date(retiree.created_at), rules.clock)
    )
    return RetireeStanding(
        standing=standing_on(today, valid_until, due_by),
        last=last,
        due_by=due_by,
        may_certify=may_certify_on(today, valid_until, rules.clock),
    )
