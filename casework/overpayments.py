"""Money paid that was not owed: found by the book, investigated, claimed back by a day, settled or handed on.

What came back and was owed after all is given back (`refunds_due`, `give_back`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError

from casework.benefit_conditions import says_to_be_alive
from casework.benefit_proposals import Ground, find_waiting, propose
from casework.numbers import make_number
from casework.rights import StaffRight
from casework.scope import require, within
from clock import local_date
from models import Instalment, Overpayment, Retiree
from models.audit import record
from models.benefit import ActionKind, ActionStatus
from models.recovery import OPEN_OVERPAYMENTS, OverpaymentStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from casework.benefit_books import Book
    from casework.benefit_terms import BenefitTerms
    from models import BenefitAction, Staff
    from models.audit import Actor
    from policy.rules import RuleSet

BATCH = 500


def restate_overpayment(session: Session, book: Book, month: int, *, actor: Actor, now: datetime) -> Overpayment | None:
    """Bring a person's recovery to what the book says was paid too much before `month`; return the one that is open.

    Of what came back already, what was owed after all is to be given back: `refunds_due`.
    """
    months = [one for one in book.balance(month - 1) if one.overpaid]
    known = session.scalars(
        select(Overpayment)
        .where(Overpayment.benefit_id == book.benefit.id, Overpayment.status != OverpaymentStatus.CANCELLED)
        .order_by(Overpayment.opened_at.desc())
    ).all()
    settled = [one for one in known if one.status is OverpaymentStatus.SETTLED]
    still = next((one for one in known if one.status in OPEN_OVERPAYMENTS), None)
    outstanding = sum(one.overpaid for one in months) - sum(one.cents for one in settled)
    for one in settled:  # the newest first
        too_much = min(one.cents, max(-outstanding, 0))
        _restate(session, one, one.cents - too_much, actor=actor, now=now)
        outstanding += too_much
    if still is not None:
        _restate(session, still, max(outstanding, 0), actor=actor, now=now)
    elif outstanding > 0:
        still = Overpayment(
            number=make_number("K", now),
            benefit_id=book.benefit.id,
            agency_code=session.get_one(Retiree, book.benefit.id).agency_code,
            cents=outstanding,
            from_month=months[0].month,
            until_month=months[-1].month,
            opened_at=now,
        )
        session.add(still)
        record(session, actor, "overpayment.open", still, now=now)
    if still is None or still.status not in OPEN_OVERPAYMENTS:
        return None
    still.from_month, still.until_month = months[0].month, months[-1].month
    return still


def _restate(session: Session, overpayment: Overpayment, cents: int, *, actor: Actor, now: datetime) -> None:
    """Let a recovery be about another sum: of nothing it is cancelled, of what came back already it is settled."""
    if cents == overpayment.cents:
        return
    # what waits for a second person says the sum as it is now, and goes with what it was about
    is_undecided = overpayment.status is OverpaymentStatus.INVESTIGATING
    proposed = find_waiting(session, overpayment.benefit_id, ActionKind.RECOVER, None) if is_undecided else None
    if cents == 0:
        if proposed is not None:
            move(session, proposed, ActionStatus.LAPSED, reason="no_ground", actor=actor, now=now)
        _end(session, overpayment, OverpaymentStatus.CANCELLED, "owed_after_all", actor=actor, now=now)
        return
    if proposed is not None:
        proposed.cents = cents
    record(session, actor, "overpayment.restate", overpayment, now=now, reason=f"{overpayment.cents} to {cents}")
    overpayment.cents = cents
    if overpayment.status in OPEN_OVERPAYMENTS and received(session, overpayment.id) >= cents:
        _end(session, overpayment, OverpaymentStatus.SETTLED, "paid", actor=actor, now=now)


def _end(
    session: Session, overpayment: Overpayment, to: OverpaymentStatus, reason: str, *, actor: Actor, now: datetime
) -> None:
    move(session, overpayment, to, reason=reason, actor=actor, now=now)
    overpayment.closed_at = now


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
    action = propose(session, retiree, ActionKind.RECOVER, ground, rules=rules, actor=actor, now=now, staff_id=staff.id)
    action.proposed_by_id = staff.id  # whose finding it is now, where somebody else's waited
    return action


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


def why_claimed_for_good(session: Session, action: BenefitAction) -> str | None:
    """Return why an approved recovery cannot be undone: `money_came_back`, `overpayment_moved_on`; None where it can.

    The claim is held until the transaction ends.
    """
    claim = _claim_of(session, action)
    if claim is None or claim.status is OverpaymentStatus.CANCELLED:
        return None
    if session.scalar(select(func.count()).select_from(Instalment).where(Instalment.overpayment_id == claim.id)):
        return "money_came_back"
    return None if claim.status is OverpaymentStatus.CLAIMED else "overpayment_moved_on"


def unclaim(session: Session, action: BenefitAction, *, actor: Actor, now: datetime) -> None:
    """Take the notice of an approved recovery back: it is investigated anew."""
    claim = _claim_of(session, action)
    if claim is not None and claim.status is OverpaymentStatus.CLAIMED:
        move(session, claim, OverpaymentStatus.INVESTIGATING, reason="undone", actor=actor, now=now)
        claim.noticed_at = claim.due_by = None


def _claim_of(session: Session, action: BenefitAction) -> Overpayment | None:
    """Return what the approval of a recovery claimed, held; both were written at one moment."""
    return session.scalar(
        select(Overpayment)
        .where(Overpayment.benefit_id == action.benefit_id, Overpayment.noticed_at == action.decided_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def receive(
    session: Session,
    staff: Staff,
    overpayment_id: uuid.UUID,
    cents: int,
    *,
    day: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Instalment:
    """Write money down that came back; with the last of it the recovery is settled. The same reference counts once.

    Raises Refusal `overpayment_moved_on`, `amount_wrong` (nothing, or more than is due), `reference_taken`,
    `day_to_come`.
    """
    overpayment = find_overpayment(session, staff, overpayment_id)
    known = _known(session, overpayment, cents, reference)
    if known is not None:
        return known
    if overpayment.status not in {OverpaymentStatus.CLAIMED, OverpaymentStatus.REFERRED}:
        raise Refusal("overpayment_moved_on")
    due = overpayment.cents - received(session, overpayment.id)
    if not 0 < cents <= due:
        raise Refusal("amount_wrong", field="cents")
    instalment = _write(session, staff, overpayment, cents, day, reference, now)
    record(session, actor, "overpayment.receive", overpayment, now=now, reason=str(cents))
    if cents == due:
        _end(session, overpayment, OverpaymentStatus.SETTLED, "paid", actor=actor, now=now)
    return instalment


def give_back(
    session: Session,
    staff: Staff,
    overpayment_id: uuid.UUID,
    cents: int,
    *,
    day: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Instalment:
    """Write money down that was given back, for it was owed after all. The same reference counts once.

    Raises Refusal `amount_wrong` (nothing, or more than is to be given back), `reference_taken`, `day_to_come`.
    """
    overpayment = find_overpayment(session, staff, overpayment_id)
    known = _known(session, overpayment, -cents, reference)
    if known is not None:
        return known
    if not 0 < cents <= refunds_due(session, Overpayment.id == overpayment.id).get(overpayment.id, 0):
        raise Refusal("amount_wrong", field="cents")
    instalment = _write(session, staff, overpayment, -cents, day, reference, now)
    record(session, actor, "overpayment.refund", overpayment, now=now, reason=str(cents))
    return instalment


def _known(session: Session, overpayment: Overpayment, cents: int, reference: str) -> Instalment | None:
    """Return the entry that was written down before; raise Refusal `reference_taken` where it says something else.

    The recovery is held until the transaction ends, so that two who write at once do not both find the same sum due.
    """
    session.refresh(overpayment, with_for_update=True)
    known = session.scalar(select(Instalment).where(Instalment.reference == reference))
    if known is not None and (known.overpayment_id, known.cents) != (overpayment.id, cents):
        raise Refusal("reference_taken", field="reference")
    return known


def _write(
    session: Session, staff: Staff, overpayment: Overpayment, cents: int, day: date, reference: str, now: datetime
) -> Instalment:
    if day > local_date(now):
        raise Refusal("day_to_come", field="on")
    instalment = Instalment(
        overpayment_id=overpayment.id,
        cents=cents,
        received_on=day,
        reference=reference,
        written_by_id=staff.id,
        written_at=now,
    )
    try:
        with session.begin_nested():
            session.add(instalment)
    except IntegrityError:  # of another recovery, at this moment
        raise Refusal("reference_taken", field="reference") from None
    return instalment


def came_back() -> ColumnElement[int]:
    """Return, within a query of recoveries, the cents that came back and were not given back again."""
    sums = select(func.sum(Instalment.cents)).where(Instalment.overpayment_id == Overpayment.id)
    return func.coalesce(sums.scalar_subquery(), 0)


def received(session: Session, overpayment_id: uuid.UUID) -> int:
    """Return the cents that came back of a recovery and were not given back again."""
    return received_by(session, [overpayment_id]).get(overpayment_id, 0)


def received_by(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return by recovery the cents that came back and were not given back again."""
    rows = session.execute(select(Overpayment.id, came_back()).where(Overpayment.id.in_(ids)))
    # PostgreSQL adds up to a decimal
    return {overpayment_id: int(cents) for overpayment_id, cents in rows}


def refunds_due(session: Session, *which: ColumnElement[bool]) -> dict[uuid.UUID, int]:
    """Return by recovery the cents that came back beyond what was owed: they are to be given back."""
    owed = case((Overpayment.status == OverpaymentStatus.CANCELLED, 0), else_=Overpayment.cents)
    rows = session.execute(select(Overpayment.id, came_back() - owed).where(came_back() > owed, *which))
    return {overpayment_id: int(cents) for overpayment_id, cents in rows}


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
