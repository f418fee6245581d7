"""What the console shows around recoveries and tips: instalments, those that ended, the person, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.overpayments import find_overpayment, refunds_due
from casework.rights import StaffRight
from casework.scope import require, within
from models import Instalment, Lead, Overpayment, Report
from models.recovery import OPEN_OVERPAYMENTS
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from models import Staff

MOST_LISTED = 200


def ended_overpayments(session: Session, staff: Staff) -> Sequence[Overpayment]:
    """Return the recoveries of one's own agency that were settled or cancelled, the newest first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(
        select(Overpayment)
        .where(Overpayment.status.not_in(OPEN_OVERPAYMENTS), within(Overpayment.agency_code, staff.region_code))
        .order_by(Overpayment.closed_at.desc(), Overpayment.id)
        .limit(MOST_LISTED)
    ).all()


def refundable_overpayments(session: Session, staff: Staff) -> Sequence[Overpayment]:
    """Return the recoveries of one's own agency of which money is to be given back, the oldest first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(
        select(Overpayment)
        .where(Overpayment.id.in_(refunds_due(session, within(Overpayment.agency_code, staff.region_code))))
        .order_by(Overpayment.closed_at, Overpayment.id)
        .limit(MOST_LISTED)
    ).all()


def instalments_of(session: Session, staff: Staff, overpayment_id: uuid.UUID) -> Sequence[Instalment]:
    """Return the money that came back, or was given back, of a recovery of one's own agency, in order of the days."""
    found = find_overpayment(session, staff, overpayment_id)
    return session.scalars(
        select(Instalment)
        .where(Instalment.overpayment_id == found.id)
        .order_by(Instalment.received_on, Instalment.written_at)
    ).all()


def find_lead(session: Session, staff: Staff, lead_id: uuid.UUID) -> Lead:
    """Return a tip of one's own agency; raise Refusal `not_yours` for another, existing or not."""
    require(staff, StaffRight.SEE_LEADS)
    found = session.scalar(select(Lead).where(Lead.id == lead_id, within(Lead.agency_code, staff.region_code)))
    if found is None:
        raise Refusal("not_yours")
    return found


def numbers_of(session: Session, leads: Collection[Lead]) -> dict[uuid.UUID, str]:
    """Return the numbers by which the tellers follow tips, by the tips' reports."""
    rows = session.execute(select(Report.id, Report.number).where(Report.id.in_({one.report_id for one in leads})))
    return {row.id: row.number for row in rows}


def overpayments_of(session: Session, staff: Staff, lead: Lead) -> Sequence[Overpayment]:
    """Return the recoveries of the person a tip is about: what it may have led to."""
    require(staff, StaffRight.SEE_LEADS)
    return session.scalars(
        select(Overpayment)
        .where(Overpayment.benefit_id == lead.retiree_id, within(Overpayment.agency_code, staff.region_code))
        .order_by(Overpayment.opened_at)
    ).all()
