"""Help with a certification: at the community's window, or at home for one of the five reasons of Art. 7(3)3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.tickets import find_standing_ticket, open_ticket
from clock import local_date
from models import LivingMark, Ticket
from models.audit import record
from models.retiree import LivingMarkKind
from models.ticket import Place, TicketKind, TicketOrigin, VisitReason
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Retiree
    from models.audit import Actor

# Whoever lives so is visited without having to ask (Art. 7(3)3).
_VISITED = {
    LivingMarkKind.BEDRIDDEN: VisitReason.BEDRIDDEN,
    LivingMarkKind.CARE_HOME: VisitReason.CARE_HOME,
    LivingMarkKind.PSYCHIATRIC_HOSPITAL: VisitReason.PSYCHIATRIC_HOSPITAL,
}


def find_open_assistance(session: Session, retiree_id: uuid.UUID) -> Ticket | None:
    """Return the ticket for help that stands for a retiree; there is at most one."""
    return find_standing_ticket(session, retiree_id, TicketKind.ASSISTED_CERTIFICATION)


def request_assistance(
    session: Session,
    retiree: Retiree,
    *,
    place: Place,
    visit_reason: VisitReason | None,
    origin: TicketOrigin,
    terms: Terms,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Open the ticket for help, or return the one that stands; a request for a visit turns it into one.

    A visit carries exactly one reason: Refusal `visit_reason_missing` without one.
    """
    if place is Place.HOME and visit_reason is None:
        raise Refusal("visit_reason_missing", field="reason")
    ticket = open_ticket(
        session,
        TicketKind.ASSISTED_CERTIFICATION,
        retiree,
        origin,
        place=place,
        visit_reason=visit_reason,
        terms=terms,
        actor=actor,
        now=now,
    )
    if place is Place.HOME and ticket.place is Place.WINDOW:
        ticket.place, ticket.visit_reason = Place.HOME, visit_reason
        ticket.due_by = max(ticket.due_by, terms.due_by(ticket.kind, place, local_date(now)))
        ticket.version += 1
        record(session, actor, "assistance.visit", ticket, now=now)
    return ticket


def help_certify(
    session: Session, retiree: Retiree, origin: TicketOrigin, *, terms: Terms, actor: Actor, now: datetime
) -> Ticket:
    """Open the ticket for help that suits how the person lives: at home where a mark says so, else at the window."""
    reason = visit_reason_of(session, retiree.id)
    return request_assistance(
        session,
        retiree,
        place=Place.WINDOW if reason is None else Place.HOME,
        visit_reason=reason,
        origin=origin,
        terms=terms,
        actor=actor,
        now=now,
    )


def visit_reason_of(session: Session, retiree_id: uuid.UUID) -> VisitReason | None:
    """Return the reason for a visit that a mark on how the person lives gives, if one does."""
    kinds = session.scalars(
        select(LivingMark.kind).where(
            LivingMark.retiree_id == retiree_id, LivingMark.ended_at.is_(None), LivingMark.kind.in_(_VISITED)
        )
    ).all()
    return next((reason for kind, reason in _VISITED.items() if kind in kinds), None)


def visit_if_marked(session: Session, retiree: Retiree, *, terms: Terms, actor: Actor, now: datetime) -> None:
    """Open a visit when somebody tries to certify who lives where a visit is due (bed, care home, hospital)."""
    if visit_reason_of(session, retiree.id) is not None:
        help_certify(session, retiree, TicketOrigin.LIVING_MARK, terms=terms, actor=actor, now=now)
