"""Saying whom a record is about that nobody in the roster was found for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from casework.event_tickets import end_event_tickets
from casework.life_events import find_event, find_standing_event
from casework.reminder_stops import stop_reminders
from casework.rights import StaffRight
from casework.scope import covers, require
from models import Report
from models.audit import record
from models.life_event import LifeEventKind, LifeEventStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import LifeEvent, Retiree, Staff
    from models.audit import Actor


def name_person(
    session: Session, staff: Staff, event_id: uuid.UUID, retiree: Retiree, *, actor: Actor, now: datetime
) -> LifeEvent:
    """Say whom a record is about that nobody in the roster was found for; return the record that stands then.

    Of one death there is one: where one stands, whoever told of this one told of that.
    """
    require(staff, StaffRight.CONFIRM_EVENTS)
    event = find_event(session, staff, event_id)
    session.refresh(event, with_for_update=True)  # of two who say it at once one does
    if event.retiree_id is not None or not covers(staff.region_code, retiree.agency_code):
        raise Refusal("not_yours")
    if not event.is_open:
        raise Refusal("event_ended")
    known = find_standing_event(session, retiree.id, event.kind) if event.kind is LifeEventKind.DEATH else None
    if known is not None:
        return _join(session, event, known, actor=actor, now=now)
    event.retiree_id, event.owner_code = retiree.id, retiree.owner_code
    record(session, actor, "event.name", event, now=now, reason=str(retiree.id))
    if event.kind is LifeEventKind.DEATH:
        stop_reminders(session, retiree.id, now=now)
    return event


def _join(session: Session, event: LifeEvent, known: LifeEvent, *, actor: Actor, now: datetime) -> LifeEvent:
    end_event_tickets(session, event, actor=actor, now=now)
    if not move(session, event, LifeEventStatus.WITHDRAWN, reason=f"same:{known.number}", actor=actor, now=now):
        raise Refusal("event_ended")
    event.finding = known.number
    session.execute(
        update(Report)
        .where(Report.life_event_id == event.id)
        .values(life_event_id=known.id, retiree_id=known.retiree_id, owner_code=known.owner_code)
    )
    record(session, actor, "event.name", event, now=now, reason=str(known.retiree_id))
    return known
