"""What the console shows around proposals: names, what was approved for the open month, who was held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from casework.benefit_lists import Heap
from casework.rights import StaffRight
from casework.scope import require, within
from models import BenefitAction, PaymentMonth, Retiree, Staff, Ticket
from models.benefit import ActionStatus, PaymentStatus
from models.ticket import ENDED, TicketOrigin
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

MOST_LISTED = 200


@dataclass(frozen=True)
class HeldBack:
    """Somebody overdue whom nobody had tried to reach: a visit instead of a proposal."""

    ticket: Ticket
    retiree: Retiree

    def __repr__(self) -> str:
        return f"HeldBack({self.ticket.number})"


def find_action(session: Session, staff: Staff, action_id: uuid.UUID) -> BenefitAction:
    """Return a proposal of one's own agency; raise Refusal `not_yours` for another, existing or not."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    found = session.scalar(
        select(BenefitAction).where(BenefitAction.id == action_id, within(BenefitAction.agency_code, staff.region_code))
    )
    if found is None:
        raise Refusal("not_yours")
    return found


def approved_heaps(session: Session, staff: Staff, month: int) -> list[tuple[Heap, int]]:
    """Return what was approved for a month, in the heaps in which it was proposed."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    columns = (BenefitAction.agency_code, BenefitAction.kind, BenefitAction.reason, BenefitAction.proposed_on)
    rows = session.execute(
        select(*columns, func.count())
        .where(
            BenefitAction.month == month,
            BenefitAction.status == ActionStatus.APPROVED,
            within(BenefitAction.agency_code, staff.region_code),
        )
        .group_by(*columns)
        .order_by(BenefitAction.proposed_on, BenefitAction.kind)
    )
    return [(Heap(*row[:4]), row[4]) for row in rows]


def approved_of(session: Session, staff: Staff, heap: Heap, month: int) -> Sequence[BenefitAction]:
    """Return what was approved of a heap for a month, the newest decision first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(
        select(BenefitAction)
        .where(
            within(BenefitAction.agency_code, staff.region_code),
            BenefitAction.agency_code == heap.agency_code,
            BenefitAction.kind == heap.kind,
            BenefitAction.reason.is_(None) if heap.reason is None else BenefitAction.reason == heap.reason,
            BenefitAction.proposed_on == heap.proposed_on,
            BenefitAction.status == ActionStatus.APPROVED,
            BenefitAction.month == month,
        )
        .order_by(BenefitAction.decided_at.desc(), BenefitAction.id)
    ).all()


def held_back(session: Session, staff: Staff) -> list[HeldBack]:
    """Return who was held back from suspension because nobody had tried to reach them, the first due first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    rows = session.execute(
        select(Ticket, Retiree)
        .join(Retiree, Retiree.id == Ticket.retiree_id)
        .where(
            Ticket.origin == TicketOrigin.NOT_REACHED,
            Ticket.status.not_in(ENDED),
            within(Retiree.agency_code, staff.region_code),
        )
        .order_by(Ticket.due_by, Ticket.id)
        .limit(MOST_LISTED)
    )
    return [HeldBack(ticket, retiree) for ticket, retiree in rows]


def names_of(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of retirees whose records the caller has found in reach already."""
    return {one.id: one.name for one in session.scalars(select(Retiree).where(Retiree.id.in_(ids)))}


def staff_names(session: Session, ids: Collection[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of staff by their ids."""
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_({one for one in ids if one is not None})))
    return {row.id: row.name for row in rows}


def open_month(session: Session) -> int | None:
    """Return the month whose payment decisions are open, None before the first; it is not held."""
    return session.scalar(select(PaymentMonth.month).where(PaymentMonth.status == PaymentStatus.OPEN))
