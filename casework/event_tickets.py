"""The tickets by which staff are asked to look at a record: they end once it is decided, and hold nobody any longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select

from casework.tickets import set_ticket
from models import LifeEvent, Report, Sign, Ticket
from models.life_event import OPEN_EVENTS, EventSource, LifeEventKind, LifeEventStatus
from models.matching import SignDecision, SignKind
from models.ticket import ENDED, TicketKind, TicketOrigin, TicketStatus

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.audit import Actor

_BY_KIND = {
    LifeEventKind.DEATH: TicketKind.DEATH_VERIFICATION,
    LifeEventKind.MISSING: TicketKind.DEATH_VERIFICATION,
    LifeEventKind.ADDRESS_CHANGE: TicketKind.INFORMATION_COLLECTION,
    LifeEventKind.PHONE_CHANGE: TicketKind.INFORMATION_COLLECTION,
    LifeEventKind.MOVING_AWAY: TicketKind.INFORMATION_COLLECTION,
    LifeEventKind.STILL_ALIVE: TicketKind.COMPLAINT,
}


def verified_by(kind: LifeEventKind, source: EventSource) -> TicketKind | None:
    """Return the kind of ticket that asks staff to look at a record; None for a tip and what staff tell themselves."""
    if source is EventSource.DATA and kind is not LifeEventKind.DEATH:
        return TicketKind.DATA_DISCREPANCY
    return _BY_KIND.get(kind)


def end_event_tickets(session: Session, event: LifeEvent, *, actor: Actor, now: datetime) -> None:
    """End the tickets that asked for a record that was just decided, taken back or reversed.

    There is one a person and kind: one that another open record, or a sign without any record, still waits for stays.
    """
    kind = verified_by(event.kind, event.source)
    asks: ColumnElement[bool] = Ticket.report_id.in_(select(Report.id).where(Report.life_event_id == event.id))
    if event.retiree_id is not None and kind is not None:
        # what is found about a death answers whoever asked; other kinds are opened for more than records
        is_asked = or_(
            Ticket.kind == TicketKind.DEATH_VERIFICATION,
            Ticket.origin.in_((TicketOrigin.REPORT, TicketOrigin.DATA_MATCH)),
        )
        asks = or_(asks, and_(Ticket.retiree_id == event.retiree_id, Ticket.kind == kind, is_asked))
    is_withdrawn = event.status is LifeEventStatus.WITHDRAWN
    status = TicketStatus.CANCELLED if is_withdrawn else TicketStatus.DONE
    reason = "by_teller" if is_withdrawn else "verified"
    for ticket in session.scalars(select(Ticket).where(asks, Ticket.status.not_in(ENDED))).all():
        if not _is_still_asked(session, ticket, event):
            set_ticket(session, ticket, status, reason, actor=actor, now=now, closed_at=now)


def _is_still_asked(session: Session, ticket: Ticket, event: LifeEvent) -> bool:
    """Say whether a ticket waits for anything but this record."""
    if ticket.retiree_id is None:
        return False
    others = session.execute(
        select(LifeEvent.kind, LifeEvent.source).where(
            LifeEvent.retiree_id == ticket.retiree_id, LifeEvent.id != event.id, LifeEvent.status.in_(OPEN_EVENTS)
        )
    )
    if any(verified_by(kind, source) is ticket.kind for kind, source in others):
        return True
    unrecorded = or_(
        Sign.decision.in_((SignDecision.NAME_DIFFERS, SignDecision.SEEN_MISSING)),
        and_(Sign.decision == SignDecision.WEAK_MATCH, Sign.kind != SignKind.LIFE),
    )
    return ticket.kind is TicketKind.DATA_DISCREPANCY and bool(
        session.scalar(
            select(
                exists().where(Sign.retiree_id == ticket.retiree_id, Sign.decided_at >= ticket.created_at, unrecorded)
            )
        )
    )
