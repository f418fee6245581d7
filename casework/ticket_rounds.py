"""What happens to tickets by itself: reminders before the due day, the next level after it, help before a deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, not_, or_, select

from casework.assistance import help_certify
from casework.benefit_conditions import needs_no_certification
from casework.tickets import next_level, notify, set_ticket
from certification.standing import is_said_dead
from clock import local_date
from models import CertificationSession, Region, Retiree, Staff, Ticket
from models.region import RegionLevel
from models.staff import StaffRole
from models.ticket import ENDED, StaffNoticeKind, TicketKind, TicketOrigin, TicketStatus
from policy.working_days import after_working_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models.audit import Actor
    from policy.rules import Clock

BATCH = 200
# An attempt so long before the deadline counts as having tried.
_TRIED_WITHIN = timedelta(days=90)
_OFFICERS = {
    RegionLevel.SUBDISTRICT: (StaffRole.SUBDISTRICT_OFFICER,),
    RegionLevel.DISTRICT: (StaffRole.DISTRICT_OFFICER, StaffRole.AGENCY_OFFICER),
}


def remind(session: Session, *, terms: Terms, now: datetime) -> int:
    """Remind whoever has a ticket that is due soon, once; return how many."""
    today = local_date(now)
    due = session.scalars(
        select(Ticket)
        .where(
            Ticket.status.not_in(ENDED),
            Ticket.assignee_id.is_not(None),
            Ticket.reminded_at.is_(None),
            Ticket.due_by.between(today, after_working_days(today, terms.remind_days)),
        )
        .order_by(Ticket.due_by)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for ticket in due:
        ticket.reminded_at = now
        notify(session, ticket.assignee_id, ticket, StaffNoticeKind.DUE_SOON, now)
    return len(due)


def escalate(session: Session, *, terms: Terms, actor: Actor, now: datetime) -> int:
    """Hand tickets that are late to the subdistrict, and those that stay late to the district; return how many.

    Whoever has the ticket keeps it: the level above is told and may give it to somebody else. A review stays with the
    agency, above which there is nobody.
    """
    today = local_date(now)
    first, second = (after_working_days(today, -days) for days in terms.escalate_days)
    late = session.scalars(
        select(Ticket)
        .where(
            Ticket.status.not_in(ENDED),
            or_(
                (Ticket.due_by <= first) & Ticket.escalated_to.is_(None),
                (Ticket.due_by <= second)
                & Ticket.escalated_to.in_(select(Region.code).where(Region.level == RegionLevel.SUBDISTRICT)),
            ),
            # what an agency or the city owns has no level above
            Ticket.owner_code.in_(select(Region.code).where(Region.level.in_(_BELOW_DISTRICTS))),
        )
        .order_by(Ticket.due_by)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for ticket in late:
        above = next_level(session, ticket)
        if above is not None:
            reason = f"late_to_{session.get_one(Region, above).level.value}"
            status = TicketStatus.ESCALATED
            set_ticket(session, ticket, status, reason, actor=actor, now=now, escalated_to=above)
            _tell_officers(session, ticket, above, now)
            notify(session, ticket.assignee_id, ticket, StaffNoticeKind.ESCALATED, now)
    return len(late)


def owners(session: Session) -> Sequence[str]:
    """Return every region that may look after people: communities, and the agencies of those who live elsewhere."""
    return session.scalars(
        select(Region.code).where(Region.level != RegionLevel.SUBDISTRICT).order_by(Region.code)
    ).all()


def help_before_deadline(
    session: Session, owner_code: str, *, terms: Terms, clock: Clock, actor: Actor, now: datetime
) -> int:
    """Open a ticket for help for whoever of one region is due soon and has not tried; return how many.

    By a rolling clock that is whose certification ends soon as well.

    One region at a time: a city's two million people are not looked through at once.
    """
    today = local_date(now)
    tried = exists().where(
        CertificationSession.retiree_id == Retiree.id, CertificationSession.created_at > now - _TRIED_WITHIN
    )
    helped = exists().where(
        Ticket.retiree_id == Retiree.id,
        Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
        or_(Ticket.status.not_in(ENDED), Ticket.created_at > now - timedelta(days=terms.deadline_days)),
    )
    people = session.scalars(
        select(Retiree).where(
            Retiree.owner_code == owner_code,
            Retiree.due_by.between(today, today + timedelta(days=terms.deadline_days)),
            not_(needs_no_certification(today, clock)),
            ~tried,
            ~helped,
            ~is_said_dead(),
        )
    ).all()
    for retiree in people:
        help_certify(session, retiree, TicketOrigin.DEADLINE_NEAR, terms=terms, actor=actor, now=now)
    return len(people)


_BELOW_DISTRICTS = (RegionLevel.COMMUNITY, RegionLevel.SUBDISTRICT)


def _tell_officers(session: Session, ticket: Ticket, code: str, now: datetime) -> None:
    level = session.get_one(Region, code).level
    officers = session.scalars(
        select(Staff.id).where(
            Staff.region_code == code, Staff.closed_at.is_(None), Staff.role.in_(_OFFICERS.get(level, ()))
        )
    )
    for staff_id in officers.all():
        notify(session, staff_id, ticket, StaffNoticeKind.ESCALATED, now)
