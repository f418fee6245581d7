"""Lists of tickets: for a region, for one's own day, for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, tuple_

from casework.rights import StaffRight
from casework.scope import find_region, require, tickets_of, within
from clock import LOCAL_ZONE, local_date
from models import Retiree, Staff, StaffNotice, Ticket, TicketNote, Visit
from models.ticket import ENDED, TicketKind, TicketStatus
from policy.working_days import after_working_days

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from casework.terms import Terms

PAGE = 50
MOST_VISITS = 60
# a number beyond this one is shown as "1000+": nobody works through more in a day
MOST_COUNTED = 1000


class Which(StrEnum):
    """Which standing tickets, by how they stand."""

    STANDING = "standing"
    MINE = "mine"
    OPEN = "open"
    LATE = "late"
    DUE_SOON = "due_soon"
    ESCALATED = "escalated"
    ENDED = "ended"


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows. after: the due day and id of the last one of the page before."""

    which: Which = Which.STANDING
    kind: TicketKind | None = None
    region_code: str | None = None
    after: tuple[date, uuid.UUID] | None = None


@dataclass(frozen=True)
class TicketLine:
    """One ticket of a list; the person and the assignee, where there are."""

    ticket: Ticket
    retiree: Retiree | None
    assignee: Staff | None


def list_tickets(
    session: Session, staff: Staff, chosen: TicketFilter, *, remind_by: date, now: datetime
) -> list[TicketLine]:
    """Return a page of tickets in reach, the first due first; one more than a page where there is a next one.

    remind_by: up to this day a ticket counts as due soon. Raises Refusal `not_yours` for a region out of reach.
    """
    require(staff, StaffRight.SEE_TICKETS)
    conditions = [tickets_of(staff), _standing(staff, chosen.which, remind_by, now)]
    if chosen.region_code is not None:
        conditions.append(within(Ticket.owner_code, find_region(session, staff, chosen.region_code).code))
    if chosen.kind is not None:
        conditions.append(Ticket.kind == chosen.kind)
    if chosen.after is not None:
        conditions.append(tuple_(Ticket.due_by, Ticket.id) > chosen.after)
    rows = session.execute(
        select(Ticket, Retiree, Staff)
        .outerjoin(Retiree, Retiree.id == Ticket.retiree_id)
        .outerjoin(Staff, Staff.id == Ticket.assignee_id)
        .where(*conditions)
        .order_by(Ticket.due_by, Ticket.id)
        .limit(PAGE + 1)
    )
    return [TicketLine(*row) for row in rows]


def count_tickets(session: Session, staff: Staff, *, terms: Terms, now: datetime) -> dict[Which, int]:
    """Return how many tickets in reach stand, by how they stand; counted up to MOST_COUNTED."""
    require(staff, StaffRight.SEE_TICKETS)
    remind_by = after_working_days(local_date(now), terms.remind_days)
    counts = {}
    for which in (Which.MINE, Which.OPEN, Which.DUE_SOON, Which.LATE, Which.ESCALATED):
        some = select(Ticket.id).where(tickets_of(staff), _standing(staff, which, remind_by, now)).limit(MOST_COUNTED)
        counts[which] = session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return counts


def list_day(session: Session, staff: Staff, *, now: datetime) -> list[TicketLine]:
    """Return one's own visits and window cases to be done: those scheduled up to today, overdue or not planned yet."""
    require(staff, StaffRight.WORK_TICKETS)
    tonight = datetime.combine(local_date(now) + timedelta(days=1), time(), LOCAL_ZONE)
    day: list[TicketLine] = []
    # the urgent ones first, then the others: each in the order of the index, the people only of those that are shown
    for is_urgent in (True, False):
        first = (
            select(Ticket.id)
            .where(
                tickets_of(staff),
                Ticket.assignee_id == staff.id,
                Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
                Ticket.status.not_in(ENDED),
                Ticket.is_urgent.is_(is_urgent),
                Ticket.retiree_id.is_not(None),
                or_(Ticket.scheduled_at.is_(None), Ticket.scheduled_at < tonight),
            )
            .order_by(Ticket.due_by, Ticket.id)
            .limit(MOST_VISITS - len(day))
            .subquery()
        )
        rows = session.execute(
            select(Ticket, Retiree)
            .join(first, first.c.id == Ticket.id)
            .join(Retiree, Retiree.id == Ticket.retiree_id)
            .order_by(Ticket.due_by, Ticket.id)
        )
        day += [TicketLine(ticket, retiree, staff) for ticket, retiree in rows]
    return day


def notes_of(session: Session, ticket: Ticket) -> Sequence[Row[TicketNote, Staff]]:
    """Return what was written on a ticket and by whom, in order."""
    return session.execute(
        select(TicketNote, Staff)
        .join(Staff, Staff.id == TicketNote.staff_id)
        .where(TicketNote.ticket_id == ticket.id)
        .order_by(TicketNote.at)
    ).all()


def visits_of(session: Session, ticket: Ticket) -> Sequence[Row[Visit, Staff]]:
    """Return the visits that were made for a ticket and by whom, in order."""
    return session.execute(
        select(Visit, Staff)
        .join(Staff, Staff.id == Visit.staff_id)
        .where(Visit.ticket_id == ticket.id)
        .order_by(Visit.received_at)
    ).all()


def list_notices(session: Session, staff: Staff) -> Sequence[Row[StaffNotice, Ticket]]:
    """Return what one was told and has not seen, the newest first."""
    return session.execute(
        select(StaffNotice, Ticket)
        .join(Ticket, Ticket.id == StaffNotice.ticket_id)
        .where(StaffNotice.staff_id == staff.id, StaffNotice.seen_at.is_(None))
        .order_by(StaffNotice.at.desc())
        .limit(PAGE)
    ).all()


def count_notices(session: Session, staff: Staff) -> int:
    """Return how much one was told and has not seen."""
    unseen = select(func.count()).where(StaffNotice.staff_id == staff.id, StaffNotice.seen_at.is_(None))
    return session.scalar(unseen) or 0


def see_notices(session: Session, staff: Staff, *, now: datetime) -> None:
    """Mark everything one was told as seen."""
    for notice, _ticket in list_notices(session, staff):
        notice.seen_at = now


def _standing(staff: Staff, which: Which, remind_by: date, now: datetime) -> ColumnElement[bool]:
    if which is Which.ENDED:
        return Ticket.status.in_(ENDED)
    standing = Ticket.status.not_in(ENDED)
    narrower = {
        Which.MINE: Ticket.assignee_id == staff.id,
        Which.OPEN: Ticket.status == TicketStatus.OPEN,
        Which.LATE: Ticket.due_by < local_date(now),
        Which.DUE_SOON: Ticket.due_by.between(local_date(now), remind_by),
        Which.ESCALATED: Ticket.status == TicketStatus.ESCALATED,
    }
    return and_(standing, narrower[which]) if which in narrower else standing
