"""Handing a question over to a person: whoever could not be helped by the chat is not left alone (Art. 15(2), 21)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from casework.numbers import make_number
from clock import local_date
from models import Region, Retiree, Ticket
from models.audit import record
from models.region import RegionLevel
from models.report import ReportKind
from models.ticket import ENDED, TicketKind, TicketOrigin

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Account, Report
    from models.audit import Actor

MOST_NOTE_CHARACTERS = 2000
# A mistyped identity number is nobody's business in a note; its end tells a slip.
_LONG_NUMBER, _LAST_FOUR = re.compile(r"[0-9]{11,15}([0-9]{3}[0-9Xx])"), r"…\1"


def hand_over(
    session: Session,
    account: Account,
    note: str,
    *,
    retiree_id: uuid.UUID | None,
    origin: TicketOrigin,
    is_urgent: bool = False,
    terms: Terms,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Open a ticket with what the person said, or add it to the one that is open for this person.

    The community of the account's person owns it, the city where no person is known.
    """
    ticket = session.scalar(
        select(Ticket).where(
            Ticket.kind == TicketKind.HANDED_OVER,
            Ticket.status.not_in(ENDED),
            Ticket.report_id.is_(None),
            and_(Ticket.retiree_id.is_(None), Ticket.account_id == account.id)
            if retiree_id is None
            else Ticket.retiree_id == retiree_id,
        )
    )
    note = _LONG_NUMBER.sub(_LAST_FOUR, note)
    if ticket is not None:
        ticket.note = f"{ticket.note or ''}\n{note}"[-MOST_NOTE_CHARACTERS:]
        # who asks again is answered within the same days again
        ticket.due_by = max(ticket.due_by, terms.due_by(TicketKind.HANDED_OVER, None, local_date(now)))
        ticket.is_urgent = ticket.is_urgent or is_urgent
        ticket.version += 1
        record(session, actor, "handover.add", ticket, now=now)
        return ticket
    retiree = None if retiree_id is None else session.get_one(Retiree, retiree_id)
    owner = retiree.owner_code if retiree else _city(session)
    ticket = Ticket(
        number=make_number("R", now),
        kind=TicketKind.HANDED_OVER,
        place=None,
        visit_reason=None,
        origin=origin,
        retiree_id=retiree_id,
        account_id=account.id,
        note=note[:MOST_NOTE_CHARACTERS],
        owner_code=owner,
        is_urgent=is_urgent,
        created_at=now,
        due_by=terms.due_by(TicketKind.HANDED_OVER, None, local_date(now)),
    )
    session.add(ticket)
    record(session, actor, "handover.open", ticket, now=now, reason=origin.value)
    return ticket


def hand_over_report(
    session: Session,
    report: Report,
    *,
    terms: Terms,
    actor: Actor,
    now: datetime,
    owner_code: str | None = None,
    due_by: date | None = None,
) -> Ticket:
    """Open a ticket for a report that is joined to no retiree: of somebody not in the roster, or a tip.

    A tip's ticket names nobody, so that it neither moves along with the person to a community, nor stands beside what
    the person's own tickets hold. owner_code: None for the city. due_by: None for the usual term.
    """
    ticket = Ticket(
        number=make_number("R", now),
        kind=TicketKind.HANDED_OVER,
        place=None,
        visit_reason=None,
        origin=TicketOrigin.REPORT,
        account_id=report.account_id,
        report_id=report.id,
        owner_code=owner_code or _city(session),
        is_urgent=report.kind is ReportKind.STILL_ALIVE,
        created_at=now,
        due_by=due_by or terms.due_by(TicketKind.HANDED_OVER, None, local_date(now)),
    )
    session.add(ticket)
    record(session, actor, "handover.open", ticket, now=now, reason=report.kind.value)
    return ticket


def _city(session: Session) -> str:
    return session.scalars(
        select(Region.code).where(Region.level == RegionLevel.CITY).order_by(Region.code).limit(1)
    ).one()
