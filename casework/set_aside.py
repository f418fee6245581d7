"""Proposals that people set aside: refused, excluded or undone. None stays so for ever while its ground stands."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from casework.benefit_books import open_books
from casework.benefit_facts import SPANS
from casework.benefit_proposals import propose_back_pay, reconcile
from casework.payment_months import hold_open_month
from clock import LOCAL_ZONE
from models import BenefitAction, PaymentMonth, Retiree
from models.benefit import SET_ASIDE, ActionKind, ActionStatus, PaymentStatus, ReasonKind

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.orm import Session

    from casework.benefit_terms import BenefitTerms
    from models.audit import Actor
    from policy.rules import RuleSet

CHUNK = 500


def suspension_rests(as_of: date, terms: BenefitTerms) -> ColumnElement[bool]:
    """Return the condition that the suspension of a retiree for this missed due day waits, or was set aside lately.

    What was undone stays undone at least until that month's file is closed.
    """
    since = datetime.combine(as_of - timedelta(days=terms.set_aside_days), time(), LOCAL_ZONE)
    open_months = select(PaymentMonth.month).where(PaymentMonth.status == PaymentStatus.OPEN)
    return exists().where(
        BenefitAction.benefit_id == Retiree.id,
        BenefitAction.kind == ActionKind.SUSPEND,
        BenefitAction.reason == ReasonKind.NOT_CERTIFIED,
        BenefitAction.began_on == Retiree.due_by,
        or_(
            BenefitAction.status == ActionStatus.PROPOSED,
            and_(BenefitAction.status.in_(SET_ASIDE), BenefitAction.decided_at >= since),
            and_(BenefitAction.status == ActionStatus.UNDONE, BenefitAction.month.in_(open_months)),
        ),
    )


def propose_again(session: Session, *, by: date, rules: RuleSet, actor: Actor, now: datetime) -> int:
    """Propose anew what was set aside and is by a day still asked for by confirmed facts, or owed; return how much.

    Whoever doubts a fact reverses its record: one proposal turned down leaves nobody unpaid, or paid, for ever.
    """
    made: list[BenefitAction] = []
    for ids in _chunks(session, _by_facts()):
        made += reconcile(session, ids, rules=rules, actor=actor, now=now, by=by)
    for ids in _chunks(session, BenefitAction.kind == ActionKind.BACK_PAY):
        month = hold_open_month(session, now=now)
        for book in open_books(session, ids).values():
            action = propose_back_pay(session, book, month, rules=rules, actor=actor, now=now)
            made += [] if action is None else [action]
    return sum(one.proposed_at == now for one in made)


def _by_facts() -> ColumnElement[bool]:
    return or_(
        BenefitAction.kind.in_((ActionKind.TERMINATE, ActionKind.REINSTATE)),
        and_(BenefitAction.kind.in_((ActionKind.SUSPEND, ActionKind.RESUME)), BenefitAction.reason.in_(SPANS)),
    )


def _chunks(session: Session, which: ColumnElement[bool]) -> list[Sequence[uuid.UUID]]:
    """Return whose proposals were set aside with none of that kind waiting or carried out since, a chunk at a time."""
    later = aliased(BenefitAction)
    is_followed = exists().where(
        later.benefit_id == BenefitAction.benefit_id,
        later.kind == BenefitAction.kind,
        later.reason.is_not_distinct_from(BenefitAction.reason),
        or_(
            later.status == ActionStatus.PROPOSED,
            and_(later.status == ActionStatus.APPROVED, later.proposed_at > BenefitAction.decided_at),
        ),
    )
    # written out, so that SQLite too sees that the index of these few serves
    statuses: BindParameter[ActionStatus] = bindparam("set_aside", SET_ASIDE, expanding=True, literal_execute=True)
    ids = session.scalars(
        select(BenefitAction.benefit_id)
        .where(BenefitAction.status.in_(statuses), which, ~is_followed)
        .distinct()
        .order_by(BenefitAction.benefit_id)
    ).all()
    return [ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK)]
