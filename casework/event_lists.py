"""What the console shows of a life event beside itself: who told of it, what rests on it, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from casework.life_events import events_of
from models import BenefitAction, LifeEvent, Retiree, Transition
from models.life_event import OPEN_EVENTS, LifeEventKind

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from models import Staff

MOST_LISTED = 200


@dataclass(frozen=True)
class EventFile:
    """One event with what belongs to it. rests: proposals about money that rest on it; reversal: says it was wrong."""

    event: LifeEvent
    retiree: Retiree | None
    rests: Sequence[BenefitAction]
    reversal: LifeEvent | None
    reversed_event: LifeEvent | None
    changes: Sequence[Transition]


def open_file(session: Session, event: LifeEvent) -> EventFile:
    """Return what belongs to an event that the caller has found in reach."""
    rests = session.scalars(
        select(BenefitAction).where(BenefitAction.life_event_id == event.id).order_by(BenefitAction.proposed_at)
    ).all()
    changes = session.scalars(
        select(Transition)
        .where(Transition.subject_kind == "LifeEvent", Transition.subject_id == str(event.id))
        .order_by(Transition.at)
    ).all()
    return EventFile(
        event=event,
        retiree=None if event.retiree_id is None else session.get(Retiree, event.retiree_id),
        rests=rests,
        reversal=session.scalar(select(LifeEvent).where(LifeEvent.reverses_id == event.id)),
        reversed_event=None if event.reverses_id is None else session.get(LifeEvent, event.reverses_id),
        changes=changes,
    )


def decided_events(session: Session, staff: Staff) -> Sequence[LifeEvent]:
    """Return the records in reach that were decided, the newest first: a wrong one is found here to be reversed."""
    return session.scalars(
        select(LifeEvent)
        .where(events_of(staff), LifeEvent.status.not_in(OPEN_EVENTS))
        .order_by(func.coalesce(LifeEvent.verified_at, LifeEvent.reported_at).desc(), LifeEvent.id)
        .limit(MOST_LISTED)
    ).all()


def count_alive(session: Session, staff: Staff) -> int:
    """Return how many people in reach say that they are alive and wait for a decision."""
    waiting = select(func.count()).where(
        LifeEvent.kind == LifeEventKind.STILL_ALIVE, LifeEvent.status.in_(OPEN_EVENTS), events_of(staff)
    )
    return session.scalar(waiting) or 0


def people_of_events(session: Session, events: Collection[LifeEvent]) -> dict[uuid.UUID | None, str]:
    """Return the names of whom records are about."""
    ids = {one.retiree_id for one in events if one.retiree_id is not None}
    return {one.id: one.name for one in session.scalars(select(Retiree).where(Retiree.id.in_(ids)))}
