"""What is told again: the same while staff have still to decide, something new after they did."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.life_events import confirm_event
from casework.reports import MOST_A_DAY, withdraw_report
from casework.tickets import open_ticket
from models import Account, Retiree, Ticket
from models.life_event import LifeEventKind, LifeEventStatus
from models.report import ReportKind
from models.ticket import TicketKind, TicketOrigin
from refusal import Refusal
from tests.office import SYSTEM, TERMS, account_actor, actor_of

if TYPE_CHECKING:
    from models import Report
    from tests.cast import Cast
    from tests.office import Office


def _withdraw(office: Office, account: Account, report: Report) -> LifeEventStatus:
    with office.transactions() as session:
        teller = session.get_one(Account, account.id)
        withdraw_report(session, teller, report.number, actor=account_actor(account), now=office.now)
    return office.event_of(report).status


def _confirm_address(office: Office, report: Report) -> None:
    with office.transactions() as session:
        actor, worker = actor_of(office.worker), office.worker
        event_id = report.life_event_id
        assert event_id is not None
        confirm_event(session, worker, event_id, effects=office.effects, actor=actor, now=office.now)


def test_who_was_declared_dead_twice_says_twice_to_be_alive(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, office.today - timedelta(days=3))
    first = office.report(cast.stranger, ReportKind.STILL_ALIVE, one, phone="13800000000")
    assert office.report(cast.stranger, ReportKind.STILL_ALIVE, one, phone="13800000000").number == first.number
    office.confirm(office.event_of(first))
    office.approve_everything(one)
    office.wait(200)
    office.happens(LifeEventKind.DEATH, one, office.today - timedelta(days=3))
    again = office.report(cast.stranger, ReportKind.STILL_ALIVE, one, phone="13800000000")
    assert again.number != first.number
    assert office.event_of(again).is_open
    assert TicketKind.COMPLAINT in office.standing_tickets(one)
    assert office.approve(*office.proposed(one)) == {"held_by_case": 1}


def test_who_moves_back_tells_the_old_address_anew(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    homes = ("南门1号", "儿子家2号", "南门1号")
    numbers = set()
    for home in homes:
        report = office.report(cast.stranger, ReportKind.ADDRESS_CHANGE, one, address=home)
        numbers.add(report.number)
        _confirm_address(office, report)
        office.wait(30)
    assert len(numbers) == len(homes)
    with office.transactions() as session:
        assert session.get_one(Retiree, one.id).address == "南门1号"


def test_a_death_is_told_once_by_each_also_after_it_was_confirmed(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    first = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    office.confirm(office.event_of(first))
    assert office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 2)).number == first.number


def test_a_death_that_another_told_of_too_stands_after_one_withdrew(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    first = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    second = office.report(cast.nephew, ReportKind.DEATH, one, date(2025, 3, 1))
    assert first.life_event_id == second.life_event_id
    assert _withdraw(office, cast.daughter, first) is LifeEventStatus.NOTIFIED
    assert office.standing_tickets(one) == [TicketKind.DEATH_VERIFICATION]
    # with the last word of it the record goes, and what staff were asked with it, whoever told first
    assert _withdraw(office, cast.nephew, second) is LifeEventStatus.WITHDRAWN
    assert office.standing_tickets(one) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_what_staff_told_of_is_not_withdrawn_by_a_relative(office: Office, cast: Cast, *, is_first: bool) -> None:
    one = office.pensioner()
    if is_first:
        office.tell(LifeEventKind.DEATH, one, date(2025, 3, 1))
    report = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    found = _withdraw(office, cast.daughter, report)
    assert found is (LifeEventStatus.NOTIFIED if is_first else LifeEventStatus.WITHDRAWN)


def test_who_is_not_in_the_roster_is_decided_on_the_same_day(office: Office, cast: Cast) -> None:
    report = office.report(cast.stranger, ReportKind.STILL_ALIVE, None, name="王秀英")
    with office.transactions() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.report_id == report.id)).one()
        assert (ticket.kind, ticket.is_urgent, ticket.due_by) == (TicketKind.HANDED_OVER, True, office.today)


def test_a_complaint_that_is_open_becomes_as_urgent(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    with office.transactions() as session:
        retiree, origin = session.get_one(Retiree, one.id), TicketOrigin.REQUESTED
        complaint = open_ticket(
            session, TicketKind.COMPLAINT, retiree, origin, terms=TERMS, actor=SYSTEM, now=office.now
        )
        assert (complaint.is_urgent, complaint.due_by > office.today) == (False, True)
    office.wait(1)
    report = office.report(cast.stranger, ReportKind.STILL_ALIVE, one)
    with office.transactions() as session:
        same = session.get_one(Ticket, complaint.id)
        assert (same.is_urgent, same.due_by, same.version) == (True, office.today, complaint.version + 1)
    # what they complained of is still to be answered after that
    office.confirm(office.event_of(report))
    assert office.standing_tickets(one) == [TicketKind.COMPLAINT]


def test_tips_count_among_what_an_account_tells_in_a_day(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    office.report(cast.stranger, ReportKind.MISSING, one, office.today)
    for number in range(1, MOST_A_DAY):
        office.report(cast.stranger, ReportKind.FRAUD, one, what_happened=f"第{number}件")
    with pytest.raises(Refusal, match="too_many_tries"):
        office.report(cast.stranger, ReportKind.FRAUD, one, what_happened="又一件")
    office.report(cast.daughter, ReportKind.FRAUD, one, what_happened="别人说的")
    office.wait(1)
    office.report(cast.stranger, ReportKind.FRAUD, one, what_happened="第二天")
