"""Money paid that was not owed: found by the book, investigated, claimed back by a day, settled or handed on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from casework.benefit_conditions import says_to_be_alive
from casework.benefit_proposals import Ground, propose
from casework.numbers import make_number
from casework.rights import StaffRight
from casework.scope import require, within
from clock import local_date
from models import Instalment, Overpayment, Retiree
from models.audit import record
from models.benefit import ActionKind
from models.recovery import OPEN_OVERPAYMENTS, OverpaymentStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.benefit_books import Book
    from casework.benefit_terms import BenefitTerms
    from models import BenefitAction, Staff
    from models.audit import Actor
    from policy.rules import RuleSet

BATCH = 500


def restate_overpayment(session: Session, book: Book, month: int, *, actor: Actor, now: datetime) -> Overpayment | None:
    """Bring a person's recovery to what the book says was paid too much before `month`; return the one that is open.

    What was settled stays settled. Where the money was owed after all the recovery is cancelled, a settled one too:
    `refund_due` says what must be given back.
    """
    months = [one for one in book.balance(month - 1) if one.overpaid]
    known = session.scalars(
        select(Overpayment).where(
            Overpayment.benefit_id == book.benefit.id, Overpayment.status != OverpaymentStatus.CANCELLED
        )
    ).all()
    settled = [one for one in known if one.status is OverpaymentStatus.SETTLED]
    still = next((one for one in known if one.status in OPEN_OVERPAYMENTS), None)
    total = sum(one.overpaid for one in months)
    if total == 0:
        for one in known:
            move(session, one, OverpaymentStatus.CANCELLED, reason="owed_after_all", actor=actor, now=now)
            one.closed_at = now
        return None
    outstanding = total - sum(one.cents for one in settled)
    if outstanding <= 0:
        if still is not None:
            move(session, still, OverpaymentStatus.CANCELLED, reason="owed_after_all", actor=actor, now=now)
            still.closed_at = now
        return None
    if still is None:
        still = Overpayment(
            number=make_number("K", now),
            benefit_id=book.benefit.id,
            agency_code=session.get_one(Retiree, book.benefit.id).agency_code,
            from_month=months[0].month,
            until_month=months[-1].month,
            cents=outstanding,
            opened_at=now,
        )
        session.add(still)
        record(session, actor, "overpayment.open", still, now=now)
    elif still.cents != outstanding:
        record(session, actor, "overpayment.restate", still, now=now, reason=f"{still.cents} to {outstanding}")
        still.cents, still.from_month, still.until_month = outstanding, months[0].month, months[-1].month
    return still


def investigate(
    session: Session,
    staff: Staff,
    overpayment_id: uuid.UUID,
    finding: str,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> BenefitAction:
    """Write down what was found and propose the recovery, which a second person approves."""
    overpayment = find_overpayment(session, staff, overpayment_id)
    if overpayment.status is not OverpaymentStatus.INVESTIGATING:
        raise Refusal("overpayment_moved_on")
    if not finding.strip():
        raise Refusal("note_missing", field="finding")
    overpayment.finding = finding.strip()
    record(session, actor, "overpayment.investigate", overpayment, now=now)
    retiree = session.get_one(Retiree, overpayment.benefit_id)
    ground = Ground(cents=overpayment.cents)
    return propose(session, retiree, ActionKind.RECOVER, ground, rules=rules, actor=actor, now=now, staff_id=staff.id)


def claim_back(session: Session, benefit_id: uuid.UUID, terms: BenefitTerms, *, actor: Actor, now: datetime) -> None:
    """Begin the time of the notice: from now the money is due back by a day."""
    overpayment = session.scalar(
        select(Overpayment).where(
            Overpayment.benefit_id == benefit_id, Overpayment.status == OverpaymentStatus.INVESTIGATING
        )
    )
    if overpayment is not None:
        move(session, overpayment, OverpaymentStatus.CLAIMED, reason="noticed", actor=actor, now=now)
        overpayment.noticed_at = now
        overpayment.due_by = local_date(now) + timedelta(days=terms.recovery_days)


def receive(
    session: Session,
    staff: Staff,
    overpayment_id: uuid.UUID,
    cents: int,
    *,
    received_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Instalment:
    """Write money down that came back; with the last of it the recovery is settled. The same reference counts once.

    Raises Refusal `overpayment_moved_on`, `amount_wrong` (nothing, or more than is due).
    """
    overpayment = find_overpayment(session, staff, overpayment_id)
    same = select(Instalment).where(Instalment.reference == reference)
    known = session.scalar(same)
    if known is not None:
        return known
    if overpayment.status not in {OverpaymentStatus.CLAIMED, OverpaymentStatus.REFERRED}:
        raise Refusal("overpayment_moved_on")
    due = overpayment.cents - received(session, overpayment.id)
    if not 0 < cents <= due:
        raise Refusal("amount_wrong", field="cents")
    instalment = Instalment(
        overpayment_id=overpayment.id,
        cents=cents,
        received_on=received_on,
        reference=reference,
        written_by_id=staff.id,
        written_at=now,
    )
    try:
        with session.begin_nested():
            session.add(instalment)
    except IntegrityError:
        return session.scalars(same).one()
    record(session, actor, "overpayment.receive", overpayment, now=now, reason=str(cents))
    if cents == due:
        move(session, overpayment, OverpaymentStatus.SETTLED, reason="paid", actor=actor, now=now)
        overpayment.closed_at = now
    return instalment


def received(session: Session, overpayment_id: uuid.UUID) -> int:
    """Return the cents that came back."""
    sums = select(func.sum(Instalment.cents)).where(Instalment.overpayment_id == overpayment_id)
    return int(session.scalar(sums) or 0)  # PostgreSQL adds up to a decimal


def refund_due(session: Session, benefit_id: uuid.UUID) -> int:
    """Return the cents that came back of recoveries that were cancelled: they are to be given back."""
    sums = (
        select(func.sum(Instalment.cents))
        .join(Overpayment, Overpayment.id == Instalment.overpayment_id)
        .where(Overpayment.benefit_id == benefit_id, Overpayment.status == OverpaymentStatus.CANCELLED)
    )
    return int(session.scalar(sums) or 0)


def refer_unpaid(session: Session, as_of: date, *, actor: Actor, now: datetime) -> int:
    """Hand every claim whose day is past to the administrative department (Art. 31(1)); return how many."""
    unpaid = session.scalars(
        select(Overpayment)
        .where(
            Overpayment.status == OverpaymentStatus.CLAIMED,
            Overpayment.due_by < as_of,
            # whoever says to be alive may owe nothing
            Overpayment.benefit_id.not_in(select(Retiree.id).where(says_to_be_alive())),
        )
        .order_by(Overpayment.due_by, Overpayment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for overpayment in unpaid:
        move(session, overpayment, OverpaymentStatus.REFERRED, reason="unpaid", actor=actor, now=now)
        overpayment.referred_at = now
        record(session, actor, "overpayment.refer", overpayment, now=now)
    return len(unpaid)


def find_overpayment(session: Session, staff: Staff, overpayment_id: uuid.UUID) -> Overpayment:
    """Return a recovery of one's own agency; raise Refusal `not_yours` for another, existing or not."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    found = session.scalar(
        select(Overpayment).where(Overpayment.id == overpayment_id, within(Overpayment.agency_code, staff.region_code))
    )
    if found is None:
        raise Refusal("not_yours")
    return found


def list_overpayments(session: Session, staff: Staff, *, limit: int = 200) -> Sequence[Overpayment]:
    """Return the recoveries of one's own agency that are open, the earliest due first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(
        select(Overpayment)
        .where(Overpayment.status.in_(OPEN_OVERPAYMENTS), within(Overpayment.agency_code, staff.region_code))
        .order_by(Overpayment.due_by, Overpayment.opened_at)
        .limit(limit)
    ).all()
