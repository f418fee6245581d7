"""Payment months as the console shows them: for the agency, closed and given out by the city alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.payment_files import differences
from casework.rights import StaffRight
from casework.scope import require
from models import PaymentMonth, Region
from models.region import RegionLevel
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from models import Staff

MONTHS = 36


def list_months(session: Session, staff: Staff) -> Sequence[PaymentMonth]:
    """Return the latest months, the newest first."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    return session.scalars(select(PaymentMonth).order_by(PaymentMonth.month.desc()).limit(MONTHS)).all()


def find_month(session: Session, staff: Staff, month: int) -> PaymentMonth:
    """Return a month; raise Refusal `not_yours` where it is not known."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    found = session.get(PaymentMonth, month)
    if found is None:
        raise Refusal("not_yours")
    return found


def is_of_city(session: Session, staff: Staff) -> bool:
    """Say whether somebody works for the whole city: a payment file names everybody in it."""
    return session.get_one(Region, staff.region_code).level is RegionLevel.CITY


def require_city(session: Session, staff: Staff) -> None:
    """Raise Refusal `not_your_task` unless somebody decides about benefits for the whole city."""
    require(staff, StaffRight.DECIDE_BENEFITS)
    if not is_of_city(session, staff):
        raise Refusal("not_your_task")


def count_differences(session: Session, month: int) -> list[tuple[tuple[str, str], int, int]]:
    """Return by change and reason how many are paid otherwise than the month before, and by how many cents in all."""
    people: Counter[tuple[str, str]] = Counter()
    cents: Counter[tuple[str, str]] = Counter()
    for one in differences(session, month):
        people[one.change, one.reason] += 1
        cents[one.change, one.reason] += one.now - one.before
    return [(key, count, cents[key]) for key, count in sorted(people.items())]
