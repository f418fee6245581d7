"""What people refuse, exclude or undo comes again while its ground stands: nobody stays unpaid, or paid, for ever."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from casework.benefit_consistency import BENEFIT_CHECKS, NIGHTS
from casework.benefit_decisions import exclude, refuse
from certification.certify import certify, revoke_certification
from models import Benefit, BenefitAction, Call, Certification, Retiree, Ticket
from models.benefit import ActionKind, BenefitStatus
from models.certification import Channel
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.ticket import TicketOrigin
from policy.months import read_month
from tests.office import RULES, SYSTEM, actor_of

if TYPE_CHECKING:
    from tests.office import Office

MARCH = read_month("2025-03")


def _exclude(office: Office, one: Retiree) -> None:
    ids = [action.id for action in office.proposed(one)]
    with office.transactions() as session:
        assert exclude(session, office.second, ids, "再看看", office.deciding(office.second)).done == len(ids) > 0


def _waiting(office: Office, one: Retiree) -> list[ActionKind]:
    return [action.kind for action in office.proposed(one)]


def _status(office: Office, one: Retiree) -> BenefitStatus:
    with office.transactions() as session:
        return session.get_one(Benefit, one.id).status


def _unpaid_without_ground(office: Office) -> int:
    with office.transactions() as session:
        return len(session.execute(BENEFIT_CHECKS["unpaid_without_ground"](office.now)).all())


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (LifeEventKind.IMPRISONED, LifeEventKind.RELEASED),
        (LifeEventKind.DUPLICATE_BENEFIT, LifeEventKind.DUPLICATE_ENDED),
    ],
)
def test_a_resumption_that_was_excluded_comes_again(office: Office, begins: LifeEventKind, ends: LifeEventKind) -> None:
    one = office.pensioner()
    office.happens(begins, one, office.today - timedelta(days=3))
    office.approve_everything(one)
    office.wait(40)
    office.happens(ends, one, office.today)
    assert _waiting(office, one) == [ActionKind.RESUME]
    assert _unpaid_without_ground(office) == 0
    _exclude(office, one)
    office.now += NIGHTS + timedelta(hours=1)
    assert _unpaid_without_ground(office) == 1
    assert office.night()["proposed_again"] == 1
    assert office.night()["proposed_again"] == 0
    assert _unpaid_without_ground(office) == 0
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.PAID
    office.wait(1)
    assert office.night()["proposed_again"] == 0


def test_a_suspension_by_a_fact_comes_again_too(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.IMPRISONED, one, office.today - timedelta(days=3))
    _exclude(office, one)
    office.wait(1)
    assert office.night()["proposed_again"] == 1
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.SUSPENDED


def test_whoever_is_alive_is_paid_again_though_it_was_refused_once(office: Office) -> None:
    one = office.pensioner()
    death = office.happens(LifeEventKind.DEATH, one, office.today - timedelta(days=3))
    office.approve_everything(one)
    assert _unpaid_without_ground(office) == 0
    office.reverse(death)
    [proposed] = office.proposed(one)
    with office.transactions() as session:
        refuse(session, office.second, [proposed.id], "再看看", office.deciding(office.second))
    office.wait(3)
    assert _unpaid_without_ground(office) == 1
    office.night()
    assert _unpaid_without_ground(office) == 0
    assert _waiting(office, one) == [ActionKind.REINSTATE]
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.PAID


def test_what_was_undone_comes_again(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.IMPRISONED, one, office.today - timedelta(days=3))
    [proposed] = office.proposed(one)
    office.approve(proposed)
    assert office.undo(proposed.id) == {}
    assert _status(office, one) is BenefitStatus.PAID
    office.wait(1)
    assert office.night()["proposed_again"] == 1
    assert _waiting(office, one) == [ActionKind.SUSPEND]


def test_the_doctor_misses_a_resumption_that_was_lost(office: Office) -> None:
    one = _not_certified(office)
    _certify(office, one)
    office.night()
    assert _waiting(office, one) == [ActionKind.RESUME]
    office.wait(3)
    assert _unpaid_without_ground(office) == 0
    with office.transactions() as session:
        session.execute(delete(BenefitAction).where(BenefitAction.kind == ActionKind.RESUME))
    assert _unpaid_without_ground(office) == 1


def test_months_still_owed_come_again(office: Office) -> None:
    one = _not_certified(office)
    for month in (MARCH, MARCH + 1):
        office.close(month)
    office.go_to(date(2025, 5, 5))
    office.happens(LifeEventKind.DEATH, one, date(2025, 5, 2))
    office.approve(*office.proposed(one))
    assert _waiting(office, one) == [ActionKind.BACK_PAY]
    _exclude(office, one)
    office.wait(1)
    assert office.night()["proposed_again"] == 1
    [again] = office.proposed(one)
    assert (again.kind, again.cents) == (ActionKind.BACK_PAY, 600_000)
    assert office.approve(again) == {}
    assert office.undo(again.id) == {}
    office.wait(1)
    assert office.night()["proposed_again"] == 1
    office.approve_everything(one)
    office.wait(1)
    assert office.night()["proposed_again"] == 0


def _call(office: Office, one: Retiree) -> None:
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        session.merge(
            Call(
                retiree_id=person.id,
                owner_code=person.owner_code,
                due_by=person.due_by,
                listed_at=office.now,
                called_at=office.now,
                outcome=CallOutcome.NO_ANSWER,
            )
        )


def _overdue(office: Office) -> Retiree:
    """Add somebody who is overdue, was called, and whose suspension is proposed."""
    one = office.pensioner()
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        # as the first due day follows from the roster, so that taking a certification back leads to it again
        person.created_at, person.due_by = office.now - timedelta(days=300), date(2024, 12, 31)
        person.entitled_from = date(2010, 1, 1)
    _call(office, one)
    assert office.night()["proposed_suspension"] == 1
    return one


def _not_certified(office: Office) -> Retiree:
    """Add somebody who is suspended for a missing certification."""
    one = _overdue(office)
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.SUSPENDED
    return one


def _certify(office: Office, one: Retiree) -> Certification:
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        return certify(session, person, Channel.DATA_MATCH, rules=RULES, actor=SYSTEM, now=office.now)


def test_a_match_that_is_taken_back_is_proposed_again(office: Office) -> None:
    one = _not_certified(office)
    certification = _certify(office, one)
    office.night()
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.PAID
    with office.transactions() as session:
        found = session.get_one(Certification, certification.id)
        actor = actor_of(office.first)
        revoke_certification(session, found, "match_wrong", rules=RULES, actor=actor, now=office.now)
        assert session.get_one(Retiree, one.id).due_by == date(2024, 12, 31)
    office.wait(1)
    assert office.night()["proposed_suspension"] == 1
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.SUSPENDED


def test_a_suspension_that_was_excluded_is_asked_for_again_after_some_days(office: Office) -> None:
    one = _overdue(office)
    _exclude(office, one)
    office.wait(office.terms.set_aside_days - 1)
    assert office.night()["proposed_suspension"] == 0
    office.wait(2)
    assert office.night()["proposed_suspension"] == 1
    assert _waiting(office, one) == [ActionKind.SUSPEND]


def test_whom_nobody_tried_to_reach_meanwhile_is_visited(office: Office) -> None:
    one = _overdue(office)
    _exclude(office, one)
    office.wait(office.terms.reach_days + office.terms.grace_days + 1)
    with office.transactions() as session:
        assert session.scalar(select(Ticket.origin).where(Ticket.retiree_id == one.id)) is None
    counts = office.night()
    assert (counts["proposed_suspension"], counts["visits"]) == (0, 1)
    with office.transactions() as session:
        assert session.scalar(select(Ticket.origin).where(Ticket.retiree_id == one.id)) is TicketOrigin.NOT_REACHED


def test_an_undone_suspension_rests_until_its_month_is_closed(office: Office) -> None:
    one = _overdue(office)
    [proposed] = office.proposed(one)
    office.approve(proposed)
    assert office.undo(proposed.id) == {}
    office.wait(office.terms.set_aside_days + 5)
    assert office.night()["proposed_suspension"] == 0
    office.close(MARCH)
    office.wait(1)
    assert office.night()["proposed_suspension"] == 1
