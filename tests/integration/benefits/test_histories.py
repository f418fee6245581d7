"""Random histories of events, reversals, approvals, undoings, night runs: what must hold after each step."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from casework.benefit_books import open_book
from casework.benefit_consistency import BENEFIT_CHECKS
from casework.benefit_decisions import exclude, refuse
from casework.benefit_proposals import reconcile
from casework.benefit_states import NOT_OWED
from casework.life_events import reject_event
from certification.certify import certify, revoke_certification
from models import (
    Benefit,
    BenefitAction,
    BenefitReason,
    BenefitStop,
    Call,
    Certification,
    LifeEvent,
    Retiree,
    Transition,
)
from models.benefit import ActionKind, ActionStatus, BenefitStatus
from models.certification import Channel
from models.life_event import LifeEventKind, LifeEventStatus
from models.reaching import CallOutcome
from models.session import Transactions
from policy.months import first_day, month_of
from refusal import Refusal
from tests.cast import call_cast
from tests.databases import scratch_engine
from tests.office import RULES, Office, actor_of, open_office

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Engine

    from casework.benefit_books import Book

pytestmark = pytest.mark.slow
PEOPLE = (250_001, 312_345, 499_999)
KINDS = (
    LifeEventKind.DEATH,
    LifeEventKind.IMPRISONED,
    LifeEventKind.RELEASED,
    LifeEventKind.DUPLICATE_BENEFIT,
    LifeEventKind.DUPLICATE_ENDED,
    LifeEventKind.MISSING,
    LifeEventKind.REAPPEARANCE,
    LifeEventKind.STILL_ALIVE,
)


# The cast beside the three have no amounts.
CHECKS = {name: check for name, check in BENEFIT_CHECKS.items() if name != "paid_without_amount"}
# Most of what becomes known is of these weeks.
DAYS = st.one_of(st.integers(0, 25), st.integers(0, 400))


class Histories(RuleBasedStateMachine):
    """Three people, an agency, and whatever may happen to them. `files` is read as the paying system reads it.

    set_aside: about whom something was refused, excluded or undone since the last night.
    """

    events = Bundle("events")

    def __init__(self, engine: Engine, folder: Path, now: datetime) -> None:
        super().__init__()
        self._connection = engine.connect()
        self._outer = self._connection.begin()
        self.transactions = Transactions(self._connection)
        with self.transactions() as session:
            call_cast(session, now=now)
        self.office: Office = open_office(self.transactions, folder, now)
        self.people: list[Retiree] = []
        self.files: dict[int, dict[str, list[tuple[str, str, int]]]] = {}
        self.month = month_of(self.office.today)
        self.set_aside: set[UUID] = set()

    def teardown(self) -> None:
        self._outer.rollback()
        self._connection.close()
        shutil.rmtree(self.office.folder, ignore_errors=True)

    @initialize()
    def begin(self) -> None:
        self.people = [self.office.pensioner(cents) for cents in PEOPLE]
        with self.transactions() as session:
            # the first was due last year, and nobody certified him
            session.get_one(Retiree, self.people[0].id).due_by = first_day(self.month) - timedelta(days=70)

    @rule(target=events, kind=st.sampled_from(KINDS), who=st.integers(0, 2), ago=DAYS)
    def told(self, kind: LifeEventKind, who: int, ago: int) -> LifeEvent:
        return self._tell(kind, who, ago)

    @rule(target=events, kind=st.sampled_from(KINDS), who=st.integers(0, 2), ago=DAYS)
    def happened(self, kind: LifeEventKind, who: int, ago: int) -> LifeEvent:
        return self._let_happen(kind, who, ago)

    @rule(who=st.integers(0, 2), ago=DAYS, lasts=st.integers(0, 60))
    def was_in_prison(self, who: int, ago: int, lasts: int) -> None:
        self._let_happen(LifeEventKind.IMPRISONED, who, ago)
        self._let_happen(LifeEventKind.RELEASED, who, max(0, ago - lasts))

    @rule(who=st.integers(0, 2), ago=DAYS, is_decided=st.booleans())
    def another_ground(self, who: int, ago: int, *, is_decided: bool) -> None:
        """Staff propose to suspend for another legal ground, or to resume where one stands."""
        with self.transactions() as session:
            if session.get_one(Benefit, self.people[who].id).status is BenefitStatus.TERMINATED:
                return
        action = self.office.other_ground(self.people[who], self.office.today - timedelta(days=ago))
        if is_decided:
            self.office.approve(action)

    @rule(event=events)
    def confirmed(self, event: LifeEvent) -> None:
        if self._status_of(event) is LifeEventStatus.NOTIFIED:
            self.office.confirm(event)

    @rule(event=events)
    def rejected(self, event: LifeEvent) -> None:
        if self._status_of(event) is LifeEventStatus.NOTIFIED:
            with self.transactions() as session:
                first = self.office.first
                reject_event(session, first, event.id, "不是这样", actor=actor_of(first), now=self.office.now)

    @rule(event=events)
    def reversed_(self, event: LifeEvent) -> None:
        if self._status_of(event) is LifeEventStatus.CONFIRMED:
            self.office.reverse(event)

    @rule(who=st.integers(0, 2))
    def is_certified(self, who: int) -> None:
        with self.transactions() as session:
            person = session.get_one(Retiree, self.people[who].id)
            actor = actor_of(self.office.worker)
            certify(session, person, Channel.COUNTER, rules=RULES, actor=actor, now=self.office.now)

    @rule(who=st.integers(0, 2))
    def called(self, who: int) -> None:
        with self.transactions() as session:
            person = session.get_one(Retiree, self.people[who].id)
            known = session.scalar(select(Call).where(Call.retiree_id == person.id, Call.due_by == person.due_by))
            call = known or Call(
                retiree_id=person.id, owner_code=person.owner_code, due_by=person.due_by, listed_at=self.office.now
            )
            call.called_at, call.outcome = self.office.now, CallOutcome.NO_ANSWER
            session.add(call)

    @rule(who=st.integers(0, 2))
    def certification_is_taken_back(self, who: int) -> None:
        with self.transactions() as session:
            found = session.scalars(
                select(Certification)
                .where(Certification.retiree_id == self.people[who].id, Certification.revoked_at.is_(None))
                .order_by(Certification.period)
            ).first()
            if found is not None:
                actor = actor_of(self.office.first)
                revoke_certification(session, found, "match_wrong", rules=RULES, actor=actor, now=self.office.now)

    @rule()
    def a_night_passes(self) -> None:
        """Then whatever the facts ask for, and whatever is owed, waits for somebody: nothing was set aside for good."""
        self.office.night()
        self.set_aside.clear()
        waiting = {(one.benefit_id, one.kind, one.reason) for one in self.office.proposed()}
        with self.transactions() as session:
            ids = [person.id for person in self.people]
            actor = actor_of(self.office.first)
            asked_for = reconcile(session, ids, rules=RULES, actor=actor, now=self.office.now)
            assert {(one.benefit_id, one.kind, one.reason) for one in asked_for} <= waiting
            for person in self.people:
                book = open_book(session, person.id)
                assert book is not None
                if book.benefit.status is not BenefitStatus.SUSPENDED and any(
                    month.owed for month in book.balance(self.month - 1)
                ):
                    assert (person.id, ActionKind.BACK_PAY, None) in waiting
            found = {name for name, select_bad in CHECKS.items() if session.execute(select_bad(self.office.now)).all()}
            assert not found, found

    @rule(data=st.data(), is_excluded=st.booleans())
    def one_is_set_aside(self, data: st.DataObject, *, is_excluded: bool) -> None:
        waiting = self.office.proposed()
        if waiting:
            one = data.draw(st.sampled_from(sorted(waiting, key=self._order)))
            with self.transactions() as session:
                second = self.office.second
                (exclude if is_excluded else refuse)(session, second, [one.id], "等等", self.office.deciding(second))
            self.set_aside.add(one.benefit_id)

    @rule(data=st.data())
    def one_is_approved(self, data: st.DataObject) -> None:
        waiting = self.office.proposed()
        if waiting:
            self.office.approve(data.draw(st.sampled_from(sorted(waiting, key=self._order))))

    @rule()
    def all_are_approved(self) -> None:
        self.office.approve(*self.office.proposed())

    @rule(data=st.data())
    def one_is_undone(self, data: st.DataObject) -> None:
        with self.transactions() as session:
            approved = session.scalars(select(BenefitAction).where(BenefitAction.status == ActionStatus.APPROVED)).all()
        if approved:
            one = data.draw(st.sampled_from(sorted(approved, key=self._order)))
            self.office.undo(one.id)
            self.set_aside.add(one.benefit_id)

    @rule(months=st.integers(1, 4))
    def months_pass(self, months: int) -> None:
        for _month in range(months):
            self._check_before_closing()
            self.files[self.month] = self.office.paid(self.month)
            self._check_file()
            self.month += 1
            self.office.go_to(max(first_day(self.month) + timedelta(days=9), self.office.today))

    @invariant()
    def statuses_follow_from_reasons(self) -> None:
        """Never suspended without a reason that stands, never paid with one."""
        with self.transactions() as session:
            for person in self.people:
                book = open_book(session, person.id)
                assert book is not None
                standing = [one for one in book.reasons if one.is_standing]
                expected = BenefitStatus.SUSPENDED if standing else BenefitStatus.PAID
                if book.benefit.last_month is not None:
                    expected = BenefitStatus.TERMINATED
                    assert not standing
                assert book.benefit.status is expected

    @invariant()
    def files_to_come_pay_what_is_owed(self) -> None:
        """A month that is owed and that no standing reason keeps waiting is in its own file, and no other is."""
        with self.transactions() as session:
            for person in self.people:
                book = open_book(session, person.id)
                assert book is not None
                for month in range(self.month, self.month + 2):
                    assert book.is_paid(month) == _is_to_be_paid(book, month)
                is_approved = BenefitAction.status == ActionStatus.APPROVED
                decided = session.scalars(
                    select(BenefitAction).where(BenefitAction.benefit_id == person.id, is_approved)
                )
                begun = {(one.reason, one.began_on) for one in decided if one.kind is ActionKind.SUSPEND}
                assert {(one.kind, one.began_on) for one in book.reasons if one.void_at is None} <= begun

    @precondition(lambda self: self.files)
    @invariant()
    def everything_adds_up(self) -> None:
        """Back-pay plus paid, less what was paid too much, plus what is still owed, is what was owed: to the cent."""
        waiting = {one.benefit_id: one.cents for one in self.office.proposed() if one.kind is ActionKind.BACK_PAY}
        with self.transactions() as session:
            for person, cents in zip(self.people, PEOPLE, strict=True):
                book = open_book(session, person.id)
                assert book is not None
                by_month = self._paid_by_month(session, book.benefit.number)
                reasons = session.scalars(select(BenefitReason).where(BenefitReason.benefit_id == person.id)).all()
                for month in book.balance(self.month - 1):
                    entitled = cents if _is_entitled(book.benefit, reasons, month.month) else 0
                    assert month.entitled == entitled
                    assert month.paid + month.back_paid == by_month[month.month]
                    assert by_month[month.month] + month.owed - month.overpaid == entitled
                    assert not (month.owed and month.overpaid)
                owed = book.payable_back(self.month)
                if person.id in waiting or person.id not in self.set_aside:
                    assert waiting.get(person.id, 0) == owed

    @invariant()
    def everything_is_explained(self) -> None:
        """Each stop, reason and month paid back names an action that a second person decided."""
        with self.transactions() as session:
            decided = {
                one.id: one
                for one in session.scalars(select(BenefitAction).where(BenefitAction.decided_by_id.is_not(None)))
            }
            named = {
                *session.scalars(select(BenefitStop.action_id)),
                *session.scalars(select(BenefitReason.set_action_id)),
            }
            assert named <= set(decided)
            assert all(one.proposed_by_id != one.decided_by_id for one in decided.values())
            for person in self.people:
                steps = session.execute(
                    select(Transition.old, Transition.new).where(
                        Transition.subject_kind == "Benefit", Transition.subject_id == str(person.id)
                    )
                ).all()
                # each step begins and ends somewhere; what is left over is where the status stands
                count: dict[str, int] = defaultdict(int)
                count[BenefitStatus.PAID.value] = 1
                for old, new in steps:
                    count[old] -= 1
                    count[new] += 1
                status = session.get_one(Benefit, person.id).status
                assert {name for name, number in count.items() if number} == {status.value}

    def _tell(self, kind: LifeEventKind, who: int, ago: int) -> LifeEvent:
        return self.office.tell(kind, self.people[who], self.office.today - timedelta(days=ago))

    def _let_happen(self, kind: LifeEventKind, who: int, ago: int) -> LifeEvent:
        """Tell, verify, and decide whatever is proposed."""
        event = self._tell(kind, who, ago)
        if self._status_of(event) is LifeEventStatus.NOTIFIED:
            self.office.confirm(event)
        self.office.approve_everything(self.people[who])
        return event

    def _status_of(self, event: LifeEvent) -> LifeEventStatus:
        with self.transactions() as session:
            return session.get_one(LifeEvent, event.id).status

    def _order(self, action: BenefitAction) -> tuple[object, ...]:
        """Tell any two actions apart by what they are: their ids are others each time a history is lived through."""
        who = [person.id for person in self.people].index(action.benefit_id)
        return (who, action.kind, action.reason or "", action.proposed_at, action.decided_at or action.proposed_at)

    def _check_before_closing(self) -> None:
        """A file out of turn is refused."""
        with pytest.raises(Refusal):
            self.office.close(self.month + 1)

    def _check_file(self) -> None:
        """A file pays a month to whom it is owed while no reason that stands keeps it waiting, and to nobody else."""
        with self.transactions() as session:
            for person in self.people:
                book = open_book(session, person.id)
                assert book is not None
                lines = self.files[self.month].get(book.benefit.number, [])
                assert any(kind == "regular" for kind, _month, _cents in lines) == _is_to_be_paid(book, self.month)

    def _paid_by_month(self, session: Any, number: str) -> dict[int, int]:
        """Return what the files paid for each month, and what the open one is going to pay."""
        found: dict[int, int] = defaultdict(int)
        for lines in self.files.values():
            for _kind, for_month, cents in lines.get(number, []):
                year, month = for_month.split("-")
                found[int(year) * 12 + int(month) - 1] += cents
        book = open_book(session, session.scalars(select(Benefit.id).where(Benefit.number == number)).one())
        assert book is not None
        for line in book.lines:
            if line.void_at is None and line.pay_month == self.month:
                found[line.for_month] += line.cents
        return found


def _is_owed(reason: BenefitReason, month: int) -> bool:
    began = month <= month_of(reason.began_on)
    return began or (reason.ended_on is not None and month > month_of(reason.ended_on))


def _is_to_be_paid(book: Book, month: int) -> bool:
    waits = any(one.kind not in NOT_OWED for one in book.standing.values())
    return not waits and _is_entitled(book.benefit, book.reasons, month)


def _is_entitled(benefit: Benefit, reasons: Any, month: int) -> bool:
    if month < benefit.first_month or (benefit.last_month is not None and month > benefit.last_month):
        return False
    return not any(one.void_at is None and one.kind in NOT_OWED and not _is_owed(one, month) for one in reasons)


@pytest.mark.parametrize(("backend", "examples"), [("sqlite", 25), ("postgresql", 4)])
def test_whatever_happens(backend: str, examples: int, tmp_path: Path, now: datetime) -> None:
    with scratch_engine(backend, tmp_path) as engine:
        run_state_machine_as_test(
            lambda: Histories(engine, tmp_path / "payments", now),  # type: ignore[arg-type]  # any maker will do
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
