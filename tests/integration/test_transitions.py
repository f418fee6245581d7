from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from models import Ticket, Transition
from models.audit import Actor, ActorKind
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus
from models.transitions import IllegalTransition, move
from tests.cast import COMMUNITY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from tests.cast import Cast

CLERK = Actor(ActorKind.COMMAND, "clerk")


@pytest.fixture
def ticket(session: Session, cast: Cast, now: datetime) -> Ticket:
    made = Ticket(
        number="T-1",
        kind=TicketKind.ASSISTED_CERTIFICATION,
        place=Place.HOME,
        visit_reason=None,
        origin=TicketOrigin.REQUESTED,
        retiree_id=cast.old_zhou.id,
        owner_code=COMMUNITY,
        created_at=now,
        due_by=date(2025, 3, 24),
    )
    session.add(made)
    session.flush()
    return made


def test_a_step_leaves_a_row(session: Session, ticket: Ticket, now: datetime) -> None:
    assert move(session, ticket, TicketStatus.DONE, reason="certified", actor=CLERK, now=now)
    assert ticket.status is TicketStatus.DONE
    session.flush()
    row = session.scalars(select(Transition)).one()
    assert (row.subject_kind, row.subject_id, row.old, row.new) == ("Ticket", str(ticket.id), "open", "done")
    assert (row.reason, row.actor_name, row.at) == ("certified", "clerk", now)


def test_a_step_that_the_table_does_not_have_is_a_fault(session: Session, ticket: Ticket, now: datetime) -> None:
    move(session, ticket, TicketStatus.DONE, reason="certified", actor=CLERK, now=now)
    with pytest.raises(IllegalTransition, match="done to open"):
        move(session, ticket, TicketStatus.OPEN, reason="again", actor=CLERK, now=now)


def test_of_two_workers_one_moves_it(session: Session, ticket: Ticket, now: datetime) -> None:
    session.execute(
        update(Ticket).where(Ticket.id == ticket.id).values(status=TicketStatus.CANCELLED),
        execution_options={"synchronize_session": False},
    )
    assert not move(session, ticket, TicketStatus.DONE, reason="certified", actor=CLERK, now=now)
    assert ticket.status is TicketStatus.CANCELLED
    assert session.scalars(select(Transition)).all() == []
