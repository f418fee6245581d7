from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.benefit_books import open_book
from casework.benefit_decisions import refuse
from casework.life_events import confirm_event, corroborate_event
from models import Benefit, LifeEvent, Overpayment, Ticket
from models.benefit import ActionKind, BenefitStatus
from models.life_event import LifeEventKind, LifeEventStatus
from models.recovery import OverpaymentStatus
from models.ticket import TicketKind
from policy.months import month_of, read_month
from refusal import Refusal
from tests.office import actor_of

if TYPE_CHECKING:
    from models import Staff
    from tests.office import Office

MARCH = read_month("2025-03")


def test_it_works(office: Office) -> None:
    """A death of 20 January, told in March: two months were paid that were not owed."""
    office.go_to(date(2025, 1, 5))
    one = office.pensioner(cents=312_345)
    for month in (MARCH - 2, MARCH - 1):
        office.close(month)
    office.go_to(date(2025, 3, 10))
    event = office.happens(LifeEventKind.DEATH, one, date(2025, 1, 20))
    assert event.is_late
    assert event.report_by == date(2025, 2, 19)
    (proposal,) = office.proposed(one)
    assert (proposal.kind, proposal.article) == (ActionKind.TERMINATE, "32")
    assert office.approve(proposal) == {}
    assert office.paid(MARCH) == {}
    with office.transactions() as session:
        benefit = session.get_one(Benefit, one.id)
        assert (benefit.status, benefit.last_month) == (BenefitStatus.TERMINATED, month_of(date(2025, 1, 20)))
        overpayment = session.scalars(select(Overpayment)).one()
        assert (overpayment.status, overpayment.cents) == (OverpaymentStatus.INVESTIGATING, 312_345)
        assert (overpayment.from_month, overpayment.until_month) == (MARCH - 1, MARCH - 1)
        care = session.scalars(select(Ticket).where(Ticket.kind == TicketKind.WELFARE_CALL)).one()
        assert care.retiree_id == one.id


def test_nothing_follows_from_the_report(office: Office) -> None:
    one = office.pensioner()
    office.tell(LifeEventKind.DEATH, one, date(2025, 3, 1))
    office.night()
    assert office.proposed(one) == []
    assert len(office.paid(MARCH)) == 1


@pytest.mark.parametrize(
    ("told_on", "is_late", "is_late_nationally"),
    [
        # died on Monday 10 February 2025: 30 days end on 12 March, 20 working days on Monday 10 March
        (date(2025, 3, 10), False, False),
        (date(2025, 3, 11), False, True),
        (date(2025, 3, 12), False, True),
        (date(2025, 3, 13), True, True),
    ],
)
def test_both_clocks_at_the_edges_of_days(
    office: Office,
    told_on: date,
    is_late: bool,  # noqa: FBT001 - what a row of the table says
    is_late_nationally: bool,  # noqa: FBT001 - the same
) -> None:
    one = office.pensioner()
    office.go_to(told_on)
    event = office.tell(LifeEventKind.DEATH, one, date(2025, 2, 10))
    assert (event.report_by, event.national_report_by) == (date(2025, 3, 12), date(2025, 3, 10))
    assert (event.is_late, event.is_late_nationally) == (is_late, is_late_nationally)


def test_a_death_is_told_once_whoever_tells(office: Office) -> None:
    one = office.pensioner()
    first = office.tell(LifeEventKind.DEATH, one, date(2025, 3, 1))
    again = office.tell(LifeEventKind.DEATH, one, date(2025, 3, 2))
    assert again.id == first.id


def test_three_people_verify_and_decide(office: Office) -> None:
    one = office.pensioner()
    event = office.tell(LifeEventKind.DEATH, one, date(2025, 3, 1))
    assert _confirm(office, office.worker, event) == "not_your_task"
    assert _confirm(office, office.first, event) == "corroborate_first"
    with office.transactions() as session:
        corroborate_event(session, office.first, event.id, "见过家人", actor=actor_of(office.first), now=office.now)
    assert _confirm(office, office.first, event) == "took_part"
    assert _confirm(office, office.second, event) is None
    (proposal,) = office.proposed(one)
    # who confirmed the death does not approve what it costs
    assert office.approve(proposal) == {"took_part": 1}


def test_an_end_that_was_turned_down_comes_back_while_the_death_stands(office: Office) -> None:
    one = office.pensioner()
    event = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    (proposal,) = office.proposed(one)
    with office.transactions() as session:
        refuse(session, office.second, [proposal.id], "再看看", office.deciding(office.second))
    assert office.proposed(one) == []
    assert office.night()["proposed_end"] == 1
    (again,) = office.proposed(one)
    assert (again.kind, again.began_on) == (ActionKind.TERMINATE, date(2025, 3, 1))
    assert office.night()["proposed_end"] == 0
    office.reverse(event)
    office.wait(1)
    assert office.night()["proposed_end"] == 0
    assert office.proposed(one) == []


def _confirm(office: Office, staff: Staff, event: LifeEvent) -> str | None:
    try:
        with office.transactions() as session:
            confirm_event(session, staff, event.id, effects=office.effects, actor=actor_of(staff), now=office.now)
    except Refusal as refused:
        return refused.code
    return None


def test_somebody_declared_dead_by_mistake_is_paid_everything_back(office: Office) -> None:
    office.go_to(date(2025, 3, 10))
    one = office.pensioner(cents=250_000)
    office.close(MARCH)
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    office.approve_everything(one)
    for month in (MARCH + 1, MARCH + 2):
        assert office.paid(month) == {}
    office.go_to(date(2025, 6, 2))
    alive = office.happens(LifeEventKind.STILL_ALIVE, one, None)
    assert "certified" in alive.effect
    (proposal,) = office.proposed(one)
    assert proposal.kind is ActionKind.REINSTATE
    office.approve_everything(one)
    (lines,) = office.paid(MARCH + 3).values()
    assert lines == [
        ("regular", "2025-06", 250_000),
        ("back_pay", "2025-04", 250_000),
        ("back_pay", "2025-05", 250_000),
    ]
    with office.transactions() as session:
        book = open_book(session, one.id)
        assert book is not None
        assert all(not month.owed and not month.overpaid for month in book.balance(MARCH + 3))
        death = session.scalars(select(LifeEvent).where(LifeEvent.kind == LifeEventKind.DEATH)).one()
        assert death.status is LifeEventStatus.REVERSED
        assert alive.reverses_id == death.id


def test_a_word_of_being_alive_holds_the_money(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    office.tell(LifeEventKind.STILL_ALIVE, one, None)
    assert office.approve(*office.proposed(one)) == {"held_by_case": 1}
    assert len(office.paid(MARCH)) == 1


def test_a_reversed_death_lets_go_of_the_proposal(office: Office) -> None:
    one = office.pensioner()
    event = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    reversal = office.reverse(event)
    assert [(one.kind, one.done) for one in reversal.followed] == [("condolence", "undone"), ("terminate", "lapsed")]
    assert office.proposed(one) == []
    assert reversal.event.reverses_id == event.id
