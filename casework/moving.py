"""Somebody moves, or another region takes over: what stands for them goes along (Art. 12(1), 16(3))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from casework.tickets import notify, set_ticket
from models import Call, LifeEvent, Ticket
from models.life_event import OPEN_EVENTS, LifeEventKind, LifeEventStatus
from models.ticket import ENDED, StaffNoticeKind, TicketKind, TicketStatus

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor


def move_tickets(session: Session, retiree_id: uuid.UUID, owner_code: str, *, actor: Actor, now: datetime) -> int:
    """Hand the standing tickets of a person to another region, open for anybody there; return how many.

    Whoever had one is told. The review of a face stays: it is the business of the agency that insures the person.
    A call that nobody made yet goes along, and a record that waits for staff, unless another region is asked by it to
    take the person over.
    """
    session.execute(
        update(Call)
        .where(Call.retiree_id == retiree_id, Call.called_at.is_(None), Call.lapsed_at.is_(None))
        .values(owner_code=owner_code)
    )
    standing = session.scalars(
        select(Ticket).where(
            Ticket.retiree_id == retiree_id,
            Ticket.status.not_in(ENDED),
            Ticket.owner_code != owner_code,
            Ticket.kind != TicketKind.MANUAL_REVIEW,
        )
    ).all()
    for ticket in standing:
        notify(session, ticket.assignee_id, ticket, StaffNoticeKind.TAKEN_AWAY, now)
        set_ticket(
            session,
            ticket,
            TicketStatus.OPEN,
            "moved_along",
            actor=actor,
            now=now,
            owner_code=owner_code,
            escalated_to=None,
            assignee_id=None,
            scheduled_at=None,
        )
    is_offered = (LifeEvent.kind == LifeEventKind.ADDRESS_CHANGE) & (LifeEvent.status == LifeEventStatus.CORROBORATED)
    open_records = (LifeEvent.retiree_id == retiree_id) & LifeEvent.status.in_(OPEN_EVENTS) & ~is_offered
    session.execute(update(LifeEvent).where(open_records).values(owner_code=owner_code))
    return len(standing)
