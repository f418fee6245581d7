"""A ticket is in somebody's hands or in nobody's, and whoever had it is told when another takes it out of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.consistency import check_rows
from casework.ticket_rounds import escalate
from casework.tickets import open_ticket
from models import Staff, StaffNotice, Ticket
from models.audit import Actor, ActorKind
from models.ticket import StaffNoticeKind, TicketKind, TicketOrigin, TicketStatus

if TYPE_CHECKING:
    from datetime import datetime

    from casework.terms import Terms
    from models.session import Transactions
    from tests.cast import Cast
    from tests.staff import Desk

SYSTEM = Actor(ActorKind.SYSTEM, "test")


@pytest.fixture
def ticket(cast: Cast, transactions: Transactions, terms: Terms, now: datetime) -> Ticket:
    """A care visit to old Zhou that is late."""
    return _open(cast, transactions, terms, now, TicketKind.WELFARE_CALL)


def _open(cast: Cast, transactions: Transactions, terms: Terms, now: datetime, kind: TicketKind) -> Ticket:
    with transactions() as session:
        return open_ticket(
            session,
            kind,
            session.merge(cast.old_zhou),
            TicketOrigin.STAFF,
            due_by=date(2025, 3, 3),
            terms=terms,
            actor=SYSTEM,
            now=now,
        )


def _stands(transactions: Transactions, ticket: Ticket) -> Ticket:
    with transactions() as session:
        return session.get_one(Ticket, ticket.id)


def _step(desk: Desk, ticket: Ticket, name: str, version: int, **fields: str) -> int:
    return desk.post(f"/tickets/{ticket.id}/{name}", version=str(version), note="写一句", **fields).status_code


def _is_told(transactions: Transactions, staff: Staff) -> bool:
    with transactions() as session:
        told = select(StaffNotice.kind).where(StaffNotice.staff_id == staff.id)
        return StaffNoticeKind.TAKEN_AWAY in session.scalars(told).all()


@pytest.mark.parametrize(
    ("step", "status"), [("start", TicketStatus.IN_PROGRESS), ("schedule", TicketStatus.SCHEDULED)]
)
def test_whoever_begins_what_nobody_has_has_it(
    desks: dict[str, Desk],
    ticket: Ticket,
    transactions: Transactions,
    now: datetime,
    step: str,
    status: TicketStatus,
) -> None:
    assert _step(desks["subdistrict"], ticket, step, 1, at="2025-03-12T09:00") == 303
    begun = _stands(transactions, ticket)
    assert (begun.status, begun.assignee_id) == (status, desks["subdistrict"].staff.id)
    with transactions() as session:
        assert check_rows(session, now=now) == []


def test_what_an_officer_plans_for_another_stays_theirs(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions
) -> None:
    _step(desks["worker"], ticket, "take", 1)
    assert _step(desks["subdistrict"], ticket, "schedule", 2, at="2025-03-12T09:00") == 303
    assert _stands(transactions, ticket).assignee_id == desks["worker"].staff.id
    assert not _is_told(transactions, desks["worker"].staff)


def test_what_nobody_has_is_not_given_back(desks: dict[str, Desk], ticket: Ticket, transactions: Transactions) -> None:
    assert _step(desks["subdistrict"], ticket, "give-back", 1) == 409
    assert _stands(transactions, ticket).version == 1
    assert "退回" not in desks["subdistrict"].get(f"/tickets/{ticket.id}").text


def test_what_ended_is_given_to_nobody(desks: dict[str, Desk], ticket: Ticket, transactions: Transactions) -> None:
    _step(desks["worker"], ticket, "take", 1)
    _step(desks["worker"], ticket, "finish", 2)
    assignee = str(desks["colleague"].staff.id)
    assert _step(desks["subdistrict"], ticket, "assign", 3, assignee=assignee) == 409
    assert _stands(transactions, ticket).assignee_id == desks["worker"].staff.id


def test_a_late_ticket_that_somebody_has_is_taken_over_by_the_level_above_alone(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    _step(desks["worker"], ticket, "take", 1)
    with transactions() as session:
        assert escalate(session, terms=terms, actor=SYSTEM, now=now) == 1
    assert ">领取<" not in desks["colleague"].get(f"/tickets/{ticket.id}").text
    assert _step(desks["colleague"], ticket, "take", 3) == 409
    assert _stands(transactions, ticket).assignee_id == desks["worker"].staff.id
    assert _step(desks["subdistrict"], ticket, "take", 3) == 303
    assert _stands(transactions, ticket).assignee_id == desks["subdistrict"].staff.id
    assert _is_told(transactions, desks["worker"].staff)


@pytest.mark.parametrize("step", ["give-back", "escalate", "cancel", "finish"])
def test_whoever_had_it_is_told(desks: dict[str, Desk], ticket: Ticket, transactions: Transactions, step: str) -> None:
    _step(desks["worker"], ticket, "take", 1)
    assert _step(desks["subdistrict"], ticket, step, 2) == 303
    assert _is_told(transactions, desks["worker"].staff)
    assert not _is_told(transactions, desks["subdistrict"].staff)


def test_a_review_ends_by_its_decision_alone(
    desks: dict[str, Desk], cast: Cast, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    ticket = _open(cast, transactions, terms, now, TicketKind.MANUAL_REVIEW)
    _step(desks["worker"], ticket, "take", 1)
    for step in ("cancel", "finish"):
        assert _step(desks["worker"], ticket, step, 2) == 422
    assert _stands(transactions, ticket).is_standing
