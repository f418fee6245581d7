"""Deciding proposals, one or thousands: by a second person, never against an open case, undone until a file closes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from casework.benefit_books import open_books
from casework.benefit_changes import CARRIED_OUT, Change, carry_out, take_back
from casework.benefit_checks import blocked
from casework.benefit_proposals import propose_back_pay, reconcile, restate_back_pay
from casework.overpayments import claim_back, restate_overpayment, unclaim, why_claimed_for_good
from casework.payment_months import hold_open_month
from casework.rights import StaffRight
from casework.scope import require, within
from models import BenefitAction, Retiree, Transition
from models.audit import record
from models.benefit import ActionKind, ActionStatus
from models.transitions import move_held
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.benefit_books import Book
    from casework.benefit_terms import BenefitTerms
    from models import Staff
    from models.audit import Actor
    from policy.rules import RuleSet

CHUNK = 1000
_UNDO_ASKED = "undo_asked"


@dataclass(frozen=True)
class Deciding:
    """What a decision is made with."""

    rules: RuleSet
    terms: BenefitTerms
    actor: Actor
    now: datetime


@dataclass
class Decided:
    """What became of proposals. left: how many stay as they are, by the refusal's code; lapsed: without ground now.

    asked: how many are undone once a second person says so too.
    """

    done: int = 0
    lapsed: int = 0
    asked: int = 0
    left: Counter[str] = field(default_factory=Counter)

    def add(self, other: Decided) -> None:
        """Count what became of other proposals too."""
        self.done += other.done
        self.lapsed += other.lapsed
        self.asked += other.asked
        self.left += other.left


def approve(session: Session, staff: Staff, ids: Sequence[uuid.UUID], deciding: Deciding) -> Decided:
    """Approve proposals of one's own agency and carry them out, from the month that is open.

    Each is looked at anew: one with an open case, of one's own, or about somebody who says to be alive stays; one whose
    ground is gone lapses. Raises Refusal `not_your_task`.
    """
    require(staff, StaffRight.DECIDE_BENEFITS)
    decided = Decided()
    month = hold_open_month(session, now=deciding.now)
    for chunk in _chunks(ids):
        _approve_chunk(session, staff, chunk, month, deciding, decided)
    return decided


def approve_one(session: Session, staff: Staff, action_id: uuid.UUID, deciding: Deciding) -> BenefitAction:
    """Approve one proposal; raise Refusal with the code of why it stays."""
    decided = approve(session, staff, [action_id], deciding)
    if decided.left:
        raise Refusal(next(iter(decided.left)))
    if not decided.done and not decided.lapsed:
        raise Refusal("not_yours")
    return session.get_one(BenefitAction, action_id)


def refuse(session: Session, staff: Staff, ids: Sequence[uuid.UUID], reason: str, deciding: Deciding) -> Decided:
    """Refuse proposals, with a reason."""
    return _set_aside(session, staff, ids, ActionStatus.REFUSED, reason, deciding)


def exclude(session: Session, staff: Staff, ids: Sequence[uuid.UUID], reason: str, deciding: Deciding) -> Decided:
    """Take proposals out of a batch before it is approved; while its ground stands each comes again (`set_aside`)."""
    return _set_aside(session, staff, ids, ActionStatus.EXCLUDED, reason, deciding)


def undo(session: Session, staff: Staff, ids: Sequence[uuid.UUID], deciding: Deciding) -> Decided:
    """Undo approved proposals while the first payment file that they change is open, the latest of a person first.

    What two people did is undone by two: whoever says so first asks for it, the second does it. Those whose file is
    closed, or that something later was built on, stay: `month_closed`, `undo_later_first`; a recovery also where money
    came back: `money_came_back`, `overpayment_moved_on`.
    """
    require(staff, StaffRight.DECIDE_BENEFITS)
    decided = Decided()
    month = hold_open_month(session, now=deciding.now)
    for chunk in _chunks(ids):
        actions = _find(session, staff, chunk, ActionStatus.APPROVED)
        books = open_books(session, {one.benefit_id for one in actions}, lock=True)
        approved = _approved(session, set(books))
        asked = who_asked_undo(session, [one.id for one in actions])
        change = Change(session, month, deciding.actor, deciding.now)
        for action in reversed(actions):
            built = approved[action.benefit_id]
            if action.month != month:
                decided.left["month_closed"] += 1
            elif built[-1] != action.id:
                decided.left["undo_later_first"] += 1
            elif action.kind is ActionKind.RECOVER and (why_not := why_claimed_for_good(session, action)):
                decided.left[why_not] += 1
            elif not asked[action.id] - {staff.id}:
                decided.asked += 1
                if staff.id not in asked[action.id]:
                    _ask_undo(session, action, change)
            else:
                built.pop()
                _undo_one(session, books[action.benefit_id], action, change, deciding)
                decided.done += 1
    return decided


def who_asked_undo(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return by approved proposal who of staff asked for its undoing."""
    rows = session.execute(
        select(Transition.subject_id, Transition.actor_name).where(
            Transition.subject_kind == BenefitAction.__name__,
            Transition.subject_id.in_([str(one) for one in ids]),
            Transition.reason == _UNDO_ASKED,
        )
    )
    asked: dict[uuid.UUID, set[uuid.UUID]] = {one: set() for one in ids}
    for subject_id, staff_id in rows:
        asked[UUID(subject_id)].add(UUID(staff_id))
    return asked


def _ask_undo(session: Session, action: BenefitAction, change: Change) -> None:
    """Write down that somebody wants a decision undone; it stands meanwhile."""
    session.add(
        Transition(
            subject_kind=BenefitAction.__name__,
            subject_id=str(action.id),
            old=action.status,
            new=action.status,
            reason=_UNDO_ASKED,
            actor_kind=change.actor.kind,
            actor_name=change.actor.name,
            at=change.now,
        )
    )
    record(session, change.actor, "benefit.ask_undo", action, now=change.now)


def _approve_chunk(
    session: Session, staff: Staff, ids: Sequence[uuid.UUID], month: int, deciding: Deciding, decided: Decided
) -> None:
    actions = _find(session, staff, ids, ActionStatus.PROPOSED)
    _hold_people(session, {one.benefit_id for one in actions})
    books = open_books(session, {one.benefit_id for one in actions}, lock=True)
    why_not = blocked(session, staff, actions, terms=deciding.terms, rules=deciding.rules, now=deciding.now)
    change = Change(session, month, deciding.actor, deciding.now)
    changed: set[uuid.UUID] = set()
    for action in actions:
        if action.status is not ActionStatus.PROPOSED:
            decided.lapsed += 1  # with what was approved before it
            continue
        code = why_not.get(action.id)
        if code is not None and code != "no_ground":
            decided.left[code] += 1
            continue
        book = books[action.benefit_id]
        if code == "no_ground" or not carry_out(book, action, change):
            move_held(session, action, ActionStatus.LAPSED, reason="no_ground", actor=deciding.actor, now=deciding.now)
            decided.lapsed += 1
            continue
        action.decided_by_id, action.decided_at, action.month = staff.id, deciding.now, month
        move_held(session, action, ActionStatus.APPROVED, reason="approved", actor=deciding.actor, now=deciding.now)
        record(session, deciding.actor, "benefit.approve", action, now=deciding.now, reason=action.kind.value)
        if action.kind is ActionKind.RECOVER:
            claim_back(session, action.benefit_id, deciding.terms, actor=deciding.actor, now=deciding.now)
        _follow(session, book, month, deciding)
        changed.add(action.benefit_id)
        decided.done += 1
    if changed:
        session.flush()
        reconcile(session, changed, rules=deciding.rules, actor=deciding.actor, now=deciding.now)


def _follow(session: Session, book: Book, month: int, deciding: Deciding) -> None:
    """Open what a change leads to: a recovery of what was paid too much, back-pay of what is still owed."""
    restate_overpayment(session, book, month, actor=deciding.actor, now=deciding.now)
    propose_back_pay(session, book, month, rules=deciding.rules, actor=deciding.actor, now=deciding.now)


def _undo_one(session: Session, book: Book, action: BenefitAction, change: Change, deciding: Deciding) -> None:
    take_back(book, action, change)
    if action.kind is ActionKind.RECOVER:
        unclaim(session, action, actor=change.actor, now=change.now)
    move_held(session, action, ActionStatus.UNDONE, reason="undone", actor=change.actor, now=change.now)
    if action.kind is ActionKind.BACK_PAY:
        restate_back_pay(session, book, change.month, actor=change.actor, now=change.now)
    else:
        _follow(session, book, change.month, deciding)
    record(session, change.actor, "benefit.undo", action, now=change.now)


def _set_aside(
    session: Session, staff: Staff, ids: Sequence[uuid.UUID], status: ActionStatus, reason: str, deciding: Deciding
) -> Decided:
    require(staff, StaffRight.DECIDE_BENEFITS)
    reason = reason.strip()
    if not reason:
        raise Refusal("note_missing", field="reason")
    decided = Decided()
    for chunk in _chunks(ids):
        for action in _find(session, staff, chunk, ActionStatus.PROPOSED):
            move_held(session, action, status, reason=reason[:64], actor=deciding.actor, now=deciding.now)
            action.decided_by_id, action.decided_at = staff.id, deciding.now
            record(session, deciding.actor, f"benefit.{status.value}", action, now=deciding.now)
            decided.done += 1
    return decided


def _find(session: Session, staff: Staff, ids: Sequence[uuid.UUID], status: ActionStatus) -> Sequence[BenefitAction]:
    """Return actions of one's own agency in that status, locked, in one order for everybody."""
    return session.scalars(
        select(BenefitAction)
        .where(
            BenefitAction.id.in_(ids),
            BenefitAction.status == status,
            within(BenefitAction.agency_code, staff.region_code),
        )
        .order_by(BenefitAction.benefit_id, *CARRIED_OUT)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _hold_people(session: Session, ids: set[uuid.UUID]) -> None:
    """Let nobody be certified, and no case of theirs be opened, between the last look at them and the decision."""
    session.execute(select(Retiree.id).where(Retiree.id.in_(ids)).order_by(Retiree.id).with_for_update())


def _approved(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Return the approved actions of each person in the order in which they were carried out."""
    rows = session.execute(
        select(BenefitAction.benefit_id, BenefitAction.id)
        .where(BenefitAction.benefit_id.in_(ids), BenefitAction.status == ActionStatus.APPROVED)
        .order_by(BenefitAction.benefit_id, *CARRIED_OUT)
    )
    approved: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for benefit_id, action_id in rows:
        approved[benefit_id].append(action_id)
    return approved


def _chunks(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    yield from (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))
