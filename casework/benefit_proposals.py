"""Proposing what should change about a pension, and letting a proposal go when its ground went away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from casework.benefit_books import Book, open_books
from casework.benefit_facts import SPANS, LifeFacts, facts_of
from casework.benefit_states import article_of
from casework.rights import StaffRight
from casework.scope import covers, require
from clock import local_date
from models import BenefitAction, Retiree
from models.audit import record
from models.benefit import ActionKind, ActionStatus, BenefitStatus, ReasonKind
from models.transitions import move
from policy.months import month_of
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models import BenefitReason, Staff
    from models.audit import Actor
    from policy.rules import RuleSet


MOST_GROUND = 500


@dataclass(frozen=True)
class Ground:
    """What a proposal rests on. legal_ground: the text of the law, of `other` alone."""

    reason: ReasonKind | None = None
    began_on: date | None = None
    ended_on: date | None = None
    life_event_id: uuid.UUID | None = None
    legal_ground: str | None = None
    cents: int | None = None

    def __repr__(self) -> str:
        return f"Ground({self.reason})"


def propose(
    session: Session,
    retiree: Retiree,
    kind: ActionKind,
    ground: Ground,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
    staff_id: uuid.UUID | None = None,
) -> BenefitAction:
    """Propose a change, or return the same one that waits. staff_id: who had part in it and may not approve it."""
    waiting = find_waiting(session, retiree.id, kind, ground.reason)
    if waiting is not None:
        return waiting
    action = BenefitAction(
        benefit_id=retiree.id,
        agency_code=retiree.agency_code,
        kind=kind,
        reason=ground.reason,
        article=article_of(kind, ground.reason),
        rule_set=rules.name,
        legal_ground=ground.legal_ground,
        began_on=ground.began_on,
        ended_on=ground.ended_on,
        life_event_id=ground.life_event_id,
        cents=ground.cents,
        proposed_by_id=staff_id,
        proposed_on=local_date(now),
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(action)
    except IntegrityError:
        other = find_waiting(session, retiree.id, kind, ground.reason)
        if other is None:
            raise Refusal("try_again", retryable=True) from None
        return other
    record(session, actor, "benefit.propose", action, now=now, reason=f"{kind.value}: {ground.reason or ''}")
    return action


def propose_back_pay(
    session: Session, book: Book, month: int, *, rules: RuleSet, actor: Actor, now: datetime
) -> BenefitAction | None:
    """Propose to pay what is owed for months before `month`; None where nothing is, it waits, or a reason stands."""
    cents = restate_back_pay(session, book, month, actor=actor, now=now)
    if not cents:
        return None
    retiree = session.get_one(Retiree, book.benefit.id)
    return propose(session, retiree, ActionKind.BACK_PAY, Ground(cents=cents), rules=rules, actor=actor, now=now)


def restate_back_pay(session: Session, book: Book, month: int, *, actor: Actor, now: datetime) -> int:
    """Let back-pay that waits say what is owed now, or go with it; return the cents that nobody is asked about."""
    cents = book.payable_back(month)
    waiting = find_waiting(session, book.benefit.id, ActionKind.BACK_PAY, None)
    if waiting is None:
        return cents
    if cents:
        waiting.cents = cents
    else:
        move(session, waiting, ActionStatus.LAPSED, reason="no_ground", actor=actor, now=now)
    return 0


def propose_by_staff(
    session: Session,
    staff: Staff,
    retiree: Retiree,
    *,
    on: date | None,
    legal_ground: str,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> BenefitAction:
    """Propose to suspend on another legal ground (Art. 32(5)) or, where one stands, to resume; another approves.

    on: the day from which the ground holds, or on which it ended. What follows from life events and certifications is
    proposed by their confirmation and by the night run, not by hand.

    Raises Refusal `not_yours`, `no_benefit`, `day_missing`, `day_to_come`, `ground_missing`.
    """
    require(staff, StaffRight.DECIDE_BENEFITS)
    if not covers(staff.region_code, retiree.agency_code):
        raise Refusal("not_yours")
    book = open_books(session, [retiree.id]).get(retiree.id)
    if book is None or book.benefit.status is BenefitStatus.TERMINATED:
        raise Refusal("no_benefit")
    if on is None:
        raise Refusal("day_missing", field="on")
    if on > local_date(now):
        raise Refusal("day_to_come", field="on")
    standing = book.standing.get(ReasonKind.OTHER)
    if standing is not None:
        kind, ground = ActionKind.RESUME, Ground(ReasonKind.OTHER, standing.began_on, max(on, standing.began_on))
    else:
        kind, ground = ActionKind.SUSPEND, Ground(ReasonKind.OTHER, on, legal_ground=legal_ground.strip())
        if not ground.legal_ground:
            raise Refusal("ground_missing", field="legal_ground")
    return propose(session, retiree, kind, ground, rules=rules, actor=actor, now=now, staff_id=staff.id)


def standing_other(session: Session, staff: Staff, retiree_id: uuid.UUID) -> BenefitReason | None:
    """Return the other legal ground for which somebody's pension is suspended, if one stands."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    book = open_books(session, [retiree_id]).get(retiree_id)
    return None if book is None else book.standing.get(ReasonKind.OTHER)


def find_waiting(
    session: Session, benefit_id: uuid.UUID, kind: ActionKind, reason: ReasonKind | None
) -> BenefitAction | None:
    """Return the proposal of that kind and reason that waits; there is at most one."""
    return session.scalar(
        select(BenefitAction).where(
            BenefitAction.benefit_id == benefit_id,
            BenefitAction.kind == kind,
            BenefitAction.reason.is_(None) if reason is None else BenefitAction.reason == reason,
            BenefitAction.status == ActionStatus.PROPOSED,
        )
    )


def reconcile(
    session: Session,
    ids: Collection[uuid.UUID],
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
    staff_id: uuid.UUID | None = None,
    by: date | None = None,
) -> list[BenefitAction]:
    """Propose whatever lies between the confirmed facts and what is decided, and let go of proposals without ground.

    Events that come in another order, late, or that are reversed lead to the same proposals: only what is confirmed
    now counts. by: also what the facts come to by a day to come.
    """
    books = open_books(session, ids)
    today = local_date(now)
    facts = facts_of(session, ids, rules=rules, today=today if by is None else max(by, today))
    made = []
    for retiree_id, book in books.items():
        wanted = _wanted(book, facts.get(retiree_id, LifeFacts()))
        _lapse(session, retiree_id, wanted, actor, now, staff_id)
        if wanted:
            retiree = session.get_one(Retiree, retiree_id)
            made += [
                propose(session, retiree, kind, ground, rules=rules, actor=actor, now=now, staff_id=staff_id)
                for (kind, _reason), ground in wanted.items()
            ]
    return made


def _wanted(book: Book, facts: LifeFacts) -> dict[tuple[ActionKind, ReasonKind | None], Ground]:
    """Return what must change for the decisions to say what the facts say: one step of each kind and reason."""
    wanted: dict[tuple[ActionKind, ReasonKind | None], Ground] = {}
    last = book.benefit.last_month
    if facts.died is not None and month_of(facts.died[0]) != last:
        wanted[ActionKind.TERMINATE, None] = Ground(began_on=facts.died[0], life_event_id=facts.died[1])
    elif facts.died is None and last is not None:
        wanted[ActionKind.REINSTATE, None] = Ground()
    for reason in SPANS:
        known = {one.began_on: one for one in book.reasons if one.kind is reason and one.void_at is None}
        spans = {span.began_on: span for span in facts.spans if span.reason is reason}
        for began_on, span in sorted(spans.items()):
            row = known.get(began_on)
            ground = Ground(reason, began_on, span.ended_on, span.event_id)
            if row is None or (row.ended_on is not None and row.ended_on != span.ended_on):
                wanted.setdefault((ActionKind.SUSPEND, reason), ground)
            elif row.ended_on is None and span.ended_on is not None:
                wanted.setdefault((ActionKind.RESUME, reason), ground)
        for began_on in sorted(set(known) - set(spans)):
            wanted.setdefault((ActionKind.REINSTATE, reason), Ground(reason, began_on))
    if book.benefit.status is BenefitStatus.TERMINATED or facts.died is not None:
        # a death ends every reason by itself
        for reason in SPANS:
            wanted.pop((ActionKind.RESUME, reason), None)
    return wanted


def _lapse(
    session: Session,
    benefit_id: uuid.UUID,
    wanted: dict[tuple[ActionKind, ReasonKind | None], Ground],
    actor: Actor,
    now: datetime,
    staff_id: uuid.UUID | None,
) -> None:
    """Let go of waiting proposals that no fact asks for any more, and bring the others up to date.

    Whoever brought the new ground had part in the proposal and does not approve it; who brought the old one had none.
    """
    waiting = session.scalars(
        select(BenefitAction).where(
            BenefitAction.benefit_id == benefit_id, BenefitAction.status == ActionStatus.PROPOSED
        )
    ).all()
    by_facts = (ActionKind.TERMINATE, ActionKind.REINSTATE)
    for action in waiting:
        if not (action.kind in by_facts or (action.reason in SPANS and action.kind is not ActionKind.BACK_PAY)):
            continue
        ground = wanted.get((action.kind, action.reason))
        if ground is None:
            move(session, action, ActionStatus.LAPSED, reason="no_ground", actor=actor, now=now)
        elif (action.began_on, action.ended_on) != (ground.began_on, ground.ended_on):
            action.began_on, action.ended_on = ground.began_on, ground.ended_on
            action.proposed_by_id = staff_id or action.proposed_by_id
            action.life_event_id = ground.life_event_id or action.life_event_id
