"""The edges of the rules about deciding: who had part, which day counts, what is undone, what waits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.benefit_amounts import set_amount
from casework.benefit_conditions import tried_since, was_tried
from casework.benefit_decisions import approve
from casework.calls import write_call
from casework.life_events import confirm_event, corroborate_event
from casework.overpayments import investigate, refer_unpaid
from casework.payment_files import differences
from models import Benefit, BenefitAction, Call, Overpayment, Retiree
from models.benefit import BenefitStatus, ReasonKind
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.recovery import OverpaymentStatus
from policy.money import read_yuan
from policy.months import month_of, read_month
from refusal import Refusal
from tests.cast import COMMUNITY
from tests.factories.retirees import make_retiree
from tests.office import RULES, SYSTEM, actor_of

if TYPE_CHECKING:
    from tests.office import Office

MARCH = read_month("2025-03")


def test_whoever_confirmed_the_event_approves_nothing_of_it(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    (proposal,) = office.proposed(one)
    with office.transactions() as session:
        # as where it was proposed by the system after another decision
        session.get_one(BenefitAction, proposal.id).proposed_by_id = None
    with office.transactions() as session:
        left = approve(session, office.first, [proposal.id], office.deciding(office.first)).left
    assert left == {"took_part": 1}
    assert office.approve(proposal) == {}


def test_a_death_without_a_day_is_not_confirmed(office: Office) -> None:
    one = office.pensioner()
    event = office.tell(LifeEventKind.DEATH, one, None)
    with office.transactions() as session:
        corroborate_event(session, office.worker, event.id, "看过", actor=actor_of(office.worker), now=office.now)
    actor = actor_of(office.first)
    with office.transactions() as session, pytest.raises(Refusal, match="day_missing"):
        confirm_event(session, office.first, event.id, effects=office.effects, actor=actor, now=office.now)
    with office.transactions() as session:
        day = date(2025, 1, 2)
        found = confirm_event(
            session, office.first, event.id, effects=office.effects, actor=actor, now=office.now, happened_on=day
        )
        assert (found.report_by, found.is_late, found.is_late_nationally) == (date(2025, 2, 1), True, True)


def test_the_day_that_staff_found_moves_the_clocks(office: Office) -> None:
    one = office.pensioner()
    event = office.tell(LifeEventKind.DEATH, one, date(2025, 1, 2))
    assert event.is_late
    with office.transactions() as session:
        corroborate_event(session, office.worker, event.id, "看过", actor=actor_of(office.worker), now=office.now)
    with office.transactions() as session:
        found = confirm_event(
            session,
            office.first,
            event.id,
            effects=office.effects,
            actor=actor_of(office.first),
            now=office.now,
            happened_on=date(2025, 3, 2),
        )
        assert (found.report_by, found.is_late) == (date(2025, 4, 1), False)


@pytest.mark.parametrize("declared_first", [True, False])
def test_an_absence_that_anybody_declared_suspends_nobody(office: Office, *, declared_first: bool) -> None:
    one = office.pensioner()
    for is_declared in (declared_first, not declared_first):
        event = office.tell(LifeEventKind.MISSING, one, date(2024, 6, 1))
        with office.transactions() as session:
            session.merge(event).is_declared = is_declared
        office.confirm(event)
    office.night()
    assert office.proposed(one) == []


def test_undoing_a_reinstatement_or_a_corrected_death_leaves_the_first_decision(office: Office) -> None:
    office.go_to(date(2025, 2, 1))
    one = office.pensioner()
    office.go_to(date(2025, 3, 10))
    death = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    office.approve_everything(one)
    as_first_decided = (BenefitStatus.TERMINATED, month_of(date(2025, 3, 8)))
    office.wait(1)
    office.reverse(death)
    (reinstated,) = office.proposed(one)
    assert office.approve(reinstated) == {}
    assert _state(office, one) == (BenefitStatus.PAID, None)
    assert office.undo(reinstated.id) == {}
    assert _state(office, one) == as_first_decided
    office.wait(1)
    office.happens(LifeEventKind.DEATH, one, date(2025, 2, 8))
    (corrected,) = office.proposed(one)
    assert office.approve(corrected) == {}
    assert _state(office, one) == (BenefitStatus.TERMINATED, month_of(date(2025, 2, 8)))
    assert office.undo(corrected.id) == {}
    assert _state(office, one) == as_first_decided


def test_a_claim_rests_while_its_debtor_says_to_be_alive(office: Office) -> None:
    office.go_to(date(2025, 1, 5))
    one = office.pensioner()
    for month in (MARCH - 2, MARCH - 1):
        office.close(month)
    office.go_to(date(2025, 3, 10))
    office.happens(LifeEventKind.DEATH, one, date(2025, 1, 20))
    office.approve_everything(one)
    with office.transactions() as session:
        debt = session.scalars(select(Overpayment)).one()
        actor = actor_of(office.first)
        investigate(session, office.first, debt.id, "查过", rules=RULES, actor=actor, now=office.now)
    office.approve_everything(one)
    office.tell(LifeEventKind.STILL_ALIVE, one, None)
    office.wait(office.terms.recovery_days + 1)
    with office.transactions() as session:
        assert refer_unpaid(session, office.today, actor=SYSTEM, now=office.now) == 0
        assert session.scalars(select(Overpayment.status)).one() is OverpaymentStatus.CLAIMED


@pytest.mark.parametrize(("outcome", "counts"), [(CallOutcome.WRONG_NUMBER, False), (CallOutcome.NO_ANSWER, True)])
def test_a_wrong_number_tried_to_reach_nobody(office: Office, outcome: CallOutcome, *, counts: bool) -> None:
    one = office.pensioner()
    with office.transactions() as session:
        call = Call(retiree_id=one.id, owner_code=COMMUNITY, due_by=office.today, listed_at=office.now)
        session.add(call)
        session.flush()
        write_call(session, office.worker, call.id, outcome, actor=actor_of(office.worker), now=office.now)
        since = tried_since(office.today, office.terms)
        tried = session.scalars(select(Retiree.id).where(Retiree.id == one.id, was_tried(since))).all()
    assert bool(tried) is counts


@pytest.mark.parametrize("number", ["", "=1+1", "A,regular,2025-03,9.99", "A\nB", "A" * 33, "编号1"])
def test_a_number_that_would_break_the_file_is_refused(office: Office, number: str) -> None:
    one = office.pensioner()
    with office.transactions() as session, pytest.raises(Refusal, match="number_wrong"):
        set_amount(session, one, 300_000, number=number, actor=SYSTEM, now=office.now)


def test_a_number_in_a_closed_file_stays(office: Office) -> None:
    one = office.pensioner()
    with office.transactions() as session:
        assert set_amount(session, one, 300_000, number="C-17", actor=SYSTEM, now=office.now) == "updated"
    assert list(office.paid(MARCH)) == ["C-17"]
    with office.transactions() as session, pytest.raises(Refusal, match="number_fixed"):
        set_amount(session, one, 300_000, number="C-18", actor=SYSTEM, now=office.now)


def test_a_rise_that_was_taken_back_in_time_is_no_difference(office: Office) -> None:
    one = office.pensioner(100_000)
    with office.transactions() as session:
        for cents in (200_000, 100_000):
            set_amount(session, one, cents, actor=SYSTEM, now=office.now, from_month=MARCH + 1)
    office.close(MARCH)
    office.go_to(date(2025, 4, 10))
    with office.transactions() as session:
        assert list(differences(session, MARCH + 1)) == []
    assert list(office.paid(MARCH + 1).values()) == [[("regular", "2025-04", 100_000)]]


def test_a_sentence_confirmed_before_there_was_a_pension_is_proposed_with_it(office: Office) -> None:
    with office.transactions() as session:
        one = make_retiree(session, community_code=COMMUNITY)
    office.happens(LifeEventKind.IMPRISONED, one, date(2025, 2, 3))
    assert office.proposed(one) == []
    office.night()
    assert [action.reason for action in office.proposed(one)] == [ReasonKind.IMPRISONED]


@pytest.mark.parametrize("typed", ["1e30", "NaN", "-1", "10000001", "三千"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        read_yuan(typed)


def _state(office: Office, one: Retiree) -> tuple[BenefitStatus, int | None]:
    with office.transactions() as session:
        benefit = session.get_one(Benefit, one.id)
        return benefit.status, benefit.last_month
