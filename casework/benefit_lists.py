"""Proposals as staff see them: the day's heaps, a sample of one, who was tried to be reached how, a person's book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from casework.benefit_books import MonthBalance, open_book
from casework.benefit_checks import blocked
from casework.benefit_conditions import tried_since, was_called
from casework.payment_months import last_closed
from casework.reminder_stops import REMINDERS
from casework.rights import StaffRight
from casework.scope import find_person, require, within
from clock import local_date
from models import Benefit, BenefitAction, BenefitReason, Call, OutboxMessage, Visit
from models.benefit import ActionKind, ActionStatus, ReasonKind
from models.outbox import OutboxStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from casework.benefit_terms import BenefitTerms
    from models import Staff
    from policy.rules import RuleSet

SAMPLE = 20
PAGE = 50


@dataclass(frozen=True)
class Heap:
    """Proposals of one agency, kind, reason and day, which are looked at and decided together."""

    agency_code: str
    kind: ActionKind
    reason: ReasonKind | None
    proposed_on: date


@dataclass(frozen=True)
class HeapPreview:
    """What approving a heap would do. would: how many would be approved, and left by why they would stay."""

    heap: Heap
    waiting: int
    would: int
    left: dict[str, int]


@dataclass(frozen=True)
class Attempt:
    """One try to reach somebody: a message that was delivered, a call, a visit; when, and what came of it."""

    kind: str
    at: datetime
    outcome: str


@dataclass(frozen=True)
class PersonBenefit:
    """A pension as staff see it: status, reasons that stand, its months, the actions with their reasons."""

    benefit: Benefit
    reasons: Sequence[BenefitReason]
    months: Sequence[MonthBalance]
    actions: Sequence[BenefitAction]


def heaps(session: Session, staff: Staff, *, status: ActionStatus = ActionStatus.PROPOSED) -> list[tuple[Heap, int]]:
    """Return the heaps of one's own agency with how many each holds, the oldest first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    columns = (BenefitAction.agency_code, BenefitAction.kind, BenefitAction.reason, BenefitAction.proposed_on)
    rows = session.execute(
        select(*columns, func.count())
        .where(BenefitAction.status == status, within(BenefitAction.agency_code, staff.region_code))
        .group_by(*columns)
        .order_by(BenefitAction.proposed_on, BenefitAction.kind)
    )
    return [(Heap(*row[:4]), row[4]) for row in rows]


def ids_of(
    session: Session, staff: Staff, heap: Heap, *, status: ActionStatus = ActionStatus.PROPOSED
) -> Sequence[uuid.UUID]:
    """Return the ids of a heap in a stable order."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(_of_heap(staff, heap, status).with_only_columns(BenefitAction.id)).all()


def sample(session: Session, staff: Staff, heap: Heap, *, size: int = SAMPLE) -> Sequence[BenefitAction]:
    """Return some proposals of a heap to look at before all are decided: spread over it, the same ones each time."""
    ids = ids_of(session, staff, heap)
    step = max(1, len(ids) // size)
    return session.scalars(
        select(BenefitAction).where(BenefitAction.id.in_(ids[::step][:size])).order_by(BenefitAction.id)
    ).all()


def page(session: Session, staff: Staff, heap: Heap, *, after: int = 0) -> Sequence[BenefitAction]:
    """Return one page of a heap."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(_of_heap(staff, heap, ActionStatus.PROPOSED).offset(after).limit(PAGE)).all()


def preview(
    session: Session, staff: Staff, heap: Heap, *, terms: BenefitTerms, rules: RuleSet, now: datetime
) -> HeapPreview:
    """Say what approving a heap would do now, changing nothing."""
    ids = ids_of(session, staff, heap)
    left: dict[str, int] = {}
    for first in range(0, len(ids), 1000):
        actions = session.scalars(select(BenefitAction).where(BenefitAction.id.in_(ids[first : first + 1000]))).all()
        for code in blocked(session, staff, actions, terms=terms, rules=rules, now=now).values():
            left[code] = left.get(code, 0) + 1
    return HeapPreview(heap, len(ids), len(ids) - sum(left.values()), left)


def attempts(
    session: Session, people: Collection[uuid.UUID], *, terms: BenefitTerms, now: datetime
) -> dict[uuid.UUID, list[Attempt]]:
    """Return by person every try to reach them that counts for a proposal of today, the newest first."""
    since = tried_since(local_date(now), terms)
    messages = session.execute(
        select(OutboxMessage.retiree_id, OutboxMessage.ended_at, OutboxMessage.channel).where(
            OutboxMessage.retiree_id.in_(people),
            OutboxMessage.notice.in_(REMINDERS),
            OutboxMessage.status == OutboxStatus.SENT,
            OutboxMessage.ended_at >= since,
        )
    )
    calls = session.execute(
        select(Call.retiree_id, Call.called_at, Call.outcome).where(Call.retiree_id.in_(people), was_called(since))
    )
    visits = session.execute(
        select(Visit.retiree_id, Visit.ended_at, Visit.outcome).where(
            Visit.retiree_id.in_(people), Visit.ended_at >= since
        )
    )
    found: dict[uuid.UUID, list[Attempt]] = {person: [] for person in people}
    for kind, rows in (("message", messages), ("call", calls), ("visit", visits)):
        for person, at, outcome in rows:
            if person is not None and at is not None:
                found[person].append(Attempt(kind, at, outcome or ""))
    for tries in found.values():
        tries.sort(key=lambda one: one.at, reverse=True)
    return found


def benefit_of(session: Session, staff: Staff, retiree_id: uuid.UUID) -> PersonBenefit | None:
    """Return the pension of a person in reach, None where there is none yet."""
    require(staff, StaffRight.SEE_PEOPLE)
    person = find_person(session, staff, retiree_id)
    book = open_book(session, person.id)
    if book is None:
        return None
    closed = last_closed(session)
    actions = session.scalars(
        select(BenefitAction)
        .where(BenefitAction.benefit_id == person.id)
        .order_by(BenefitAction.proposed_at.desc(), BenefitAction.id)
    ).all()
    months = [] if closed is None else book.balance(closed)
    return PersonBenefit(book.benefit, list(book.standing.values()), months, actions)


def _of_heap(staff: Staff, heap: Heap, status: ActionStatus) -> Select[BenefitAction]:
    return (
        select(BenefitAction)
        .where(
            within(BenefitAction.agency_code, staff.region_code),
            BenefitAction.agency_code == heap.agency_code,
            BenefitAction.kind == heap.kind,
            BenefitAction.reason.is_(None) if heap.reason is None else BenefitAction.reason == heap.reason,
            BenefitAction.proposed_on == heap.proposed_on,
            BenefitAction.status == status,
        )
        .order_by(BenefitAction.id)
    )
