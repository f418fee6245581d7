"""Whether the pensions agree with themselves and with what is confirmed: the doctor's checks on money."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from casework.benefit_facts import SPANS
from casework.overpayments import came_back
from clock import local_date
from models import (
    Benefit,
    BenefitAction,
    BenefitAmount,
    BenefitReason,
    BenefitStop,
    Certification,
    LifeEvent,
    Overpayment,
    PaymentMonth,
)
from models.benefit import ActionKind, ActionStatus, BenefitStatus, PaymentStatus, ReasonKind
from models.life_event import LifeEventKind, LifeEventStatus
from models.recovery import OPEN_OVERPAYMENTS, OverpaymentStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

# The night run proposes anew what was turned down; after two nights it had its turn.
NIGHTS = timedelta(days=2)


def _death_without_end(now: datetime) -> Select[Any]:
    """Select confirmed deaths whose pension goes on, with nobody asked to end it."""
    is_in_hand = exists().where(
        BenefitAction.benefit_id == LifeEvent.retiree_id,
        BenefitAction.kind == ActionKind.TERMINATE,
        or_(BenefitAction.status == ActionStatus.PROPOSED, BenefitAction.decided_at > now - NIGHTS),
    )
    return (
        select(LifeEvent.id)
        .join(Benefit, Benefit.id == LifeEvent.retiree_id)
        .where(
            LifeEvent.kind == LifeEventKind.DEATH,
            LifeEvent.status == LifeEventStatus.CONFIRMED,
            LifeEvent.happened_on <= local_date(now),
            LifeEvent.verified_at < now - NIGHTS,
            Benefit.status != BenefitStatus.TERMINATED,
            ~is_in_hand,
        )
    )


def _unpaid_without_ground(now: datetime) -> Select[Any]:
    """Select pensions that rest although nothing asks for it any more, with nobody asked to pay them again."""
    is_in_hand = exists().where(
        BenefitAction.benefit_id == Benefit.id,
        BenefitAction.kind.in_((ActionKind.RESUME, ActionKind.REINSTATE)),
        or_(BenefitAction.status == ActionStatus.PROPOSED, BenefitAction.decided_at > now - NIGHTS),
    )
    confirmed = exists().where(LifeEvent.status == LifeEventStatus.CONFIRMED)
    died = confirmed.where(LifeEvent.retiree_id == Benefit.id, LifeEvent.kind == LifeEventKind.DEATH)
    # within `rests` below, where a pension is named by its reason: naming it anew would be anybody's
    happened = confirmed.where(LifeEvent.retiree_id == BenefitReason.benefit_id)
    is_certified = exists().where(
        Certification.retiree_id == BenefitReason.benefit_id,
        Certification.revoked_at.is_(None),
        Certification.next_due_by >= local_date(now),
        Certification.certified_at < now - NIGHTS,
    )
    is_over: list[ColumnElement[bool]] = [and_(BenefitReason.kind == ReasonKind.NOT_CERTIFIED, is_certified)]
    for reason, (begins, ends) in SPANS.items():
        began = happened.where(LifeEvent.kind == begins, LifeEvent.happened_on == BenefitReason.began_on)
        ended = happened.where(LifeEvent.kind == ends, LifeEvent.happened_on >= BenefitReason.began_on)
        is_over.append(and_(BenefitReason.kind == reason, or_(~began, ended)))
    rests = exists().where(
        BenefitReason.benefit_id == Benefit.id,
        BenefitReason.ended_at.is_(None),
        BenefitReason.void_at.is_(None),
        or_(*is_over),
    )
    return select(Benefit.id).where(
        or_(Benefit.status == BenefitStatus.TERMINATED, rests), Benefit.status != BenefitStatus.PAID, ~died, ~is_in_hand
    )


def _standing_reason() -> Any:
    return exists().where(
        BenefitReason.benefit_id == Benefit.id, BenefitReason.ended_at.is_(None), BenefitReason.void_at.is_(None)
    )


def _paid_with_reason(_now: datetime) -> Select[Any]:
    return select(Benefit.id).where(Benefit.status == BenefitStatus.PAID, _standing_reason())


def _paid_without_amount(now: datetime) -> Select[Any]:
    """Select pensions that are paid by nothing: no amount is known, though this agency's are kept here."""
    known = aliased(BenefitAmount)
    amount = exists().where(BenefitAmount.benefit_id == Benefit.id, BenefitAmount.until_month.is_(None))
    return select(Benefit.id).where(
        Benefit.status == BenefitStatus.PAID, Benefit.created_at < now - NIGHTS, ~amount, exists(select(known.id))
    )


def _suspended_without_reason(_now: datetime) -> Select[Any]:
    return select(Benefit.id).where(Benefit.status == BenefitStatus.SUSPENDED, ~_standing_reason())


def _end_disagrees(_now: datetime) -> Select[Any]:
    """Select pensions that ended without a last month, or go on after one."""
    return select(Benefit.id).where((Benefit.status == BenefitStatus.TERMINATED) != Benefit.last_month.is_not(None))


def _files_disagree(_now: datetime) -> Select[Any]:
    """Select pensions of which the next payment file would do something else than their status says."""
    stops = exists().where(BenefitStop.benefit_id == Benefit.id, BenefitStop.until_month.is_(None))
    return select(Benefit.id).where(
        or_(
            and_(Benefit.status == BenefitStatus.PAID, stops),
            and_(Benefit.status != BenefitStatus.PAID, ~stops.where(BenefitStop.status == Benefit.status)),
        )
    )


def _not_one_open_month(_now: datetime) -> Select[Any]:
    """Select the open months where there are several, or the last closed one where none is open."""
    other = aliased(PaymentMonth)
    is_open = PaymentMonth.status == PaymentStatus.OPEN
    another = exists().where(other.status == PaymentStatus.OPEN, other.month != PaymentMonth.month)
    is_last = PaymentMonth.month == select(func.max(other.month)).scalar_subquery()
    return select(PaymentMonth.month).where(or_(and_(is_open, another), and_(~is_open, is_last, ~another)))


def _recovery_does_not_add_up(_now: datetime) -> Select[Any]:
    """Select recoveries settled by less than their sum, open although it came back, or with too much given back."""
    return select(Overpayment.id).where(
        or_(
            Overpayment.cents <= 0,
            came_back() < 0,
            and_(Overpayment.status == OverpaymentStatus.SETTLED, came_back() < Overpayment.cents),
            and_(Overpayment.status.in_(OPEN_OVERPAYMENTS), came_back() >= Overpayment.cents),
        )
    )


BENEFIT_CHECKS: dict[str, Callable[[datetime], Select[Any]]] = {
    "death_without_end": _death_without_end,
    "unpaid_without_ground": _unpaid_without_ground,
    "paid_with_reason": _paid_with_reason,
    "paid_without_amount": _paid_without_amount,
    "suspended_without_reason": _suspended_without_reason,
    "end_disagrees": _end_disagrees,
    "files_disagree": _files_disagree,
    "not_one_open_month": _not_one_open_month,
    "recovery_does_not_add_up": _recovery_does_not_add_up,
}
