"""The day's list: whose tickets, in which order, how many, and that each of the people shown is written down."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.ticket_lists import MOST_VISITS
from models import AuditEntry, Retiree, Ticket
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus
from tests.cast import COMMUNITY
from tests.factories.retirees import make_retiree

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Staff
    from models.session import Transactions
    from tests.staff import Desk


def add_visit(session: Session, staff: Staff, number: int, now: datetime, *, is_urgent: bool = False) -> Ticket:
    """Add a visit that falls due `number` days from now."""
    person = make_retiree(session, phone=None, community_code=COMMUNITY)
    ticket = Ticket(
        number=f"T{number}",
        kind=TicketKind.ASSISTED_CERTIFICATION,
        place=Place.HOME,
        origin=TicketOrigin.STAFF,
        retiree_id=person.id,
        owner_code=COMMUNITY,
        assignee_id=staff.id,
        is_urgent=is_urgent,
        status=TicketStatus.ASSIGNED,
        created_at=now,
        due_by=now.date() + timedelta(days=number),
    )
    session.add(ticket)
    session.flush()
    return ticket


def numbers_on(desk: Desk) -> list[str]:
    return re.findall(r"<small>(T\d+)</small>", desk.get("/today").text)


def test_the_urgent_ones_come_first_then_the_first_due(
    desks: dict[str, Desk], staff: dict[str, Staff], transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        for number, is_urgent in ((4, False), (3, True), (1, False), (2, True)):
            add_visit(session, staff["worker"], number, now, is_urgent=is_urgent)
        add_visit(session, staff["worker"], 5, now, is_urgent=True).scheduled_at = now + timedelta(days=2)
        add_visit(session, staff["worker"], 6, now).status = TicketStatus.DONE
        add_visit(session, staff["worker"], 7, now).kind = TicketKind.WELFARE_CALL
        add_visit(session, staff["colleague"], 8, now, is_urgent=True)
    assert numbers_on(desks["worker"]) == ["T2", "T3", "T1", "T4"]


def test_a_day_has_an_end_and_everybody_shown_is_written_down(
    desks: dict[str, Desk], staff: dict[str, Staff], transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        for number in range(1, MOST_VISITS + 3):
            add_visit(session, staff["worker"], number, now, is_urgent=number == MOST_VISITS + 2)
    shown = numbers_on(desks["worker"])
    assert shown == [f"T{MOST_VISITS + 2}", *(f"T{number}" for number in range(1, MOST_VISITS))]
    with transactions() as session:
        people = session.scalars(
            select(Retiree.id).join(Ticket, Ticket.retiree_id == Retiree.id).where(Ticket.number.in_(shown))
        )
        wanted = {str(one) for one in people}
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "day.show")).all()
    assert {row.subject_id for row in rows} == wanted
    assert len(rows) == MOST_VISITS
    assert all(row.signature for row in rows)
