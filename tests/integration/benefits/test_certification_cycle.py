from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.benefit_decisions import exclude, undo
from casework.benefit_lists import attempts, heaps, preview, sample
from casework.benefit_terms import USUAL_TERMS
from casework.calls import waiting_calls, write_call
from casework.reminders import rungs_between
from certification.certify import certify
from jobs.notices import write_notice
from models import Account, Benefit, Binding, OutboxMessage, Retiree, Ticket
from models.account import AccountKind, Confirmation, Relation
from models.benefit import ActionKind, BenefitStatus
from models.certification import Channel
from models.life_event import LifeEventKind
from models.outbox import OutboxStatus
from models.reaching import CallOutcome
from models.ticket import Place, TicketKind, TicketOrigin
from policy.months import read_month
from policy.rules import rule_set
from tests.office import RULES, actor_of

if TYPE_CHECKING:
    from tests.office import Office

MARCH = read_month("2025-03")


def _due(office: Office, days: int, *relations: Relation) -> Retiree:
    """Add somebody who is due in so many days, with an account for each relation."""
    one = office.pensioner()
    with office.transactions() as session:
        session.get_one(Retiree, one.id).due_by = office.today + timedelta(days=days)
        for relation in relations:
            account = Account(
                kind=AccountKind.WECHAT,
                identity_index=f"{one.id}{relation}",
                openid=f"o{relation}",
                created_at=office.now,
            )
            session.add(account)
            session.flush()
            at = office.now
            session.add(
                Binding(
                    account_id=account.id,
                    retiree_id=one.id,
                    relation=relation,
                    created_at=at,
                    confirmed_at=at,
                    confirmed_by=Confirmation.CODE,
                )
            )
    return one


def _reminders(office: Office, one: Retiree) -> list[OutboxMessage]:
    with office.transactions() as session:
        return list(
            session.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.retiree_id == one.id, OutboxMessage.notice.startswith("certify_")
                )
            )
        )


@pytest.mark.parametrize(("days", "messages"), [(61, 0), (60, 1), (59, 0), (30, 2), (15, 2), (7, 2), (1, 2), (0, 0)])
def test_the_ladder(office: Office, days: int, messages: int) -> None:
    relations = (Relation.SELF, Relation.DIRECT_RELATIVE, Relation.INTERESTED_PARTY)
    one = _due(office, days, *relations)
    office.night()
    office.night()  # the same night again adds nothing
    assert len(_reminders(office, one)) == messages


@pytest.mark.parametrize("lives_abroad", [False, True])
def test_whoever_is_late_is_told_what_may_follow_before_it_does(office: Office, *, lives_abroad: bool) -> None:
    """Art. 15(1): a pension is paid in full and on time; nobody is suspended without having been warned."""
    one = _due(office, -15, Relation.SELF)
    with office.transactions() as session:
        session.get_one(Retiree, one.id).lives_abroad = lives_abroad
    office.night()
    (message,) = _reminders(office, one)
    with office.transactions() as session:
        said = write_notice(session, message, "https://pension.example").text
    assert "养老金会暂停" in said
    assert "补发" in said


def test_after_a_long_pause_only_the_latest_rung_is_said() -> None:
    due_by = date(2025, 12, 31)
    rungs = list(rungs_between(date(2025, 10, 1), date(2025, 12, 30), USUAL_TERMS))
    assert [one.days for one in rungs if one.due_by == due_by] == [1]


def test_after_nights_that_did_not_run_a_reminder_says_how_many_days_are_left(office: Office) -> None:
    one = _due(office, 33, Relation.SELF)
    office.night()
    office.wait(5)
    office.night()
    (message,) = _reminders(office, one)
    assert json.loads(message.values)["days"] == 28


@pytest.mark.parametrize("certified", [True, False])
def test_neither_the_certified_nor_the_dead_are_reminded(office: Office, *, certified: bool) -> None:
    one = _due(office, 30, Relation.SELF)
    office.night()
    assert [message.status for message in _reminders(office, one)] == [OutboxStatus.WAITING]
    if certified:
        with office.transactions() as session:
            person = session.get_one(Retiree, one.id)
            certify(session, person, Channel.COUNTER, rules=RULES, actor=actor_of(office.worker), now=office.now)
        office.night()
    else:
        office.tell(LifeEventKind.DEATH, one, office.today)
    assert [message.status for message in _reminders(office, one)] == [OutboxStatus.CANCELLED]
    office.wait(15)
    office.night()
    assert len(_reminders(office, one)) == 1


def test_by_a_rolling_clock_people_are_reminded_before_their_certification_ends(office: Office) -> None:
    rolling = rule_set("hunan-2025")
    one = _due(office, 60, Relation.SELF)
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        person.certified_until, person.certified_by = person.due_by, Channel.SELF_SERVICE
    office.night(rolling)
    office.night(rolling)  # which takes nothing back
    assert [message.status for message in _reminders(office, one)] == [OutboxStatus.WAITING]
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.COUNTER, rules=rolling, actor=actor_of(office.worker), now=office.now)
    office.night(rolling)
    assert [message.status for message in _reminders(office, one)] == [OutboxStatus.CANCELLED]


def test_whoever_no_message_reached_is_called(office: Office) -> None:
    one = _due(office, 7)
    assert office.night()["calls"] == 1
    with office.transactions() as session:
        (call,) = waiting_calls(session, office.worker)
        assert call.retiree_id == one.id
        actor = actor_of(office.worker)
        write_call(session, office.worker, call.id, CallOutcome.NO_ANSWER, actor=actor, now=office.now)
        assert waiting_calls(session, office.worker) == []


def test_nobody_is_proposed_whom_nobody_tried_to_reach(office: Office) -> None:
    one = _due(office, -31)
    counts = office.night()
    assert (counts["proposed_suspension"], counts["visits"]) == (0, 1)
    with office.transactions() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.retiree_id == one.id)).one()
    assert (ticket.kind, ticket.place, ticket.origin) == (
        TicketKind.ASSISTED_CERTIFICATION,
        Place.HOME,
        TicketOrigin.NOT_REACHED,
    )
    # with the case open, nothing is proposed however long it takes
    office.wait(60)
    assert office.night()["proposed_suspension"] == 0


def _reminded(office: Office) -> Retiree:
    """Add somebody who was reminded and whose days of grace are over tonight."""
    one = _due(office, 30, Relation.SELF)
    office.night()
    with office.transactions() as session:
        for message in session.scalars(select(OutboxMessage).where(OutboxMessage.retiree_id == one.id)):
            message.status, message.ended_at = OutboxStatus.SENT, office.now
    return one


def test_a_proposal_that_waited_too_long_becomes_a_visit(office: Office) -> None:
    one = _reminded(office)
    with office.transactions() as session:
        session.scalars(select(Binding).where(Binding.retiree_id == one.id)).one().ended_at = office.now
    office.wait(61)
    assert office.night()["proposed_suspension"] == 1
    office.wait(60)  # the reminder is too long ago for anybody to approve it
    assert office.approve(*office.proposed(one)) == {"not_reached": 1}
    counts = office.night()
    assert (counts["lapsed"], counts["visits"]) == (1, 1)
    assert office.proposed(one) == []


def test_a_proposal_about_another_due_day_is_let_go(office: Office) -> None:
    one = _reminded(office)
    office.wait(61)
    office.night()
    with office.transactions() as session:
        session.get_one(Retiree, one.id).due_by = office.today
    assert office.night()["lapsed"] == 1
    assert office.proposed(one) == []


def test_from_a_missed_day_to_back_pay(office: Office) -> None:
    one = _reminded(office)
    for month in (MARCH, MARCH + 1):
        assert len(office.paid(month)) == 1
        office.wait(31)
    assert office.night()["proposed_suspension"] == 1
    (proposal,) = office.proposed(one)
    assert (proposal.article, proposal.messages, proposal.calls, proposal.visits) == ("32(1)", 1, 0, 0)
    with office.transactions() as session:
        tries = attempts(session, {one.id}, terms=USUAL_TERMS, now=office.now)
        assert [found.kind for found in tries[one.id]] == ["message"]
    assert office.approve(proposal) == {}
    assert office.paid(MARCH + 2) == {}
    differences = (office.folder / "payment-2025-05.differences.csv").read_text().splitlines()[1:]
    assert [line.split(",", 1)[1] for line in differences] == ["ends,not_certified,3000.00,0.00"]
    office.wait(31)
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.HOME_VISIT, rules=RULES, actor=actor_of(office.worker), now=office.now)
    assert office.night()["proposed_resumption"] == 1
    office.approve_everything(one)
    (lines,) = office.paid(MARCH + 3).values()
    assert lines == [("regular", "2025-06", 300_000), ("back_pay", "2025-05", 300_000)]


@pytest.mark.parametrize("decided_on", [date(2025, 12, 31), date(2026, 1, 2)])
def test_whoever_was_certified_in_december_is_paid_again_in_january(office: Office, decided_on: date) -> None:
    one = _reminded(office)
    office.wait(62)
    office.night()
    office.approve_everything(one)
    office.go_to(date(2025, 12, 30))
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.COUNTER, rules=RULES, actor=actor_of(office.worker), now=office.now)
    office.go_to(decided_on)
    assert office.night()["proposed_resumption"] == 1
    office.go_to(date(2026, 1, 2))
    office.night()
    office.approve_everything(one)
    with office.transactions() as session:
        assert session.get_one(Benefit, one.id).status is BenefitStatus.PAID


def test_who_stands_before_us_waits_for_no_night(office: Office) -> None:
    one = _reminded(office)
    office.wait(62)
    office.night()
    office.approve_everything(one)
    alive = office.happens(LifeEventKind.STILL_ALIVE, one, None)
    (proposal,) = office.proposed(one)
    assert (proposal.kind, proposal.article, proposal.life_event_id) == (ActionKind.RESUME, "32(1)", alive.id)
    assert "resume:not_certified" in alive.effect
    assert office.night()["proposed_resumption"] == 0
    assert office.approve(proposal) == {}
    assert len(office.paid(MARCH)) == 1


def test_whoever_is_certified_before_the_decision_keeps_the_pension(office: Office) -> None:
    one = _reminded(office)
    office.wait(62)
    office.night()
    (proposal,) = office.proposed(one)
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.COUNTER, rules=RULES, actor=actor_of(office.worker), now=office.now)
    office.approve(proposal)
    assert office.proposed(one) == []
    assert len(office.paid(MARCH)) == 1


@pytest.mark.parametrize("is_stopped", [True, False])
def test_whoever_is_certified_is_told_whether_the_pension_is_paid(office: Office, *, is_stopped: bool) -> None:
    one = _reminded(office)
    if is_stopped:
        office.wait(62)
        office.night()
        office.approve_everything(one)
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.COUNTER, rules=RULES, actor=actor_of(office.worker), now=office.now)
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.notice.like("certified%"))).one()
        said = write_notice(session, told, "https://pension.example").text
    assert ("养老金现在停着" in said) is is_stopped
    assert ("养老金照发" in said) is not is_stopped


def test_a_heap_is_looked_at_thinned_approved_and_undone(office: Office) -> None:
    people = [_reminded(office) for _place in range(3)]
    office.wait(62)
    office.night()
    with office.transactions() as session:
        ((heap, count),) = heaps(session, office.second)
        assert (heap.kind, count) == (ActionKind.SUSPEND, 3)
        seen = preview(session, office.second, heap, terms=USUAL_TERMS, rules=RULES, now=office.now)
        assert (seen.waiting, seen.would, seen.left) == (3, 3, {})
        first = sample(session, office.second, heap, size=1)[0]
        done = exclude(session, office.second, [first.id], "正在住院", office.deciding(office.second))
        assert done.done == 1
    waiting = office.proposed()
    assert office.approve(*waiting) == {}
    ids = [one.id for one in waiting]
    for _again in range(2):
        with office.transactions() as session:
            alone = undo(session, office.second, ids, office.deciding(office.second))
        assert (alone.done, alone.asked) == (0, 2), "what two people did is not undone by one"
    assert office.undo(*ids) == {}
    assert len(office.paid(MARCH)) == len(people)
    # what people set aside is not proposed again the next night
    office.wait(1)
    assert office.night()["proposed_suspension"] == 0


def test_what_a_closed_file_followed_cannot_be_undone(office: Office) -> None:
    _reminded(office)
    office.wait(62)
    office.night()
    (proposal,) = office.proposed()
    office.approve(proposal)
    office.close(MARCH)
    assert office.undo(proposal.id) == {"month_closed": 1}
