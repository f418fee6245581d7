"""What a member of staff reaches: their own region and everything below it, as conditions of the queries themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from casework.rights import RIGHTS
from models import Region, Retiree, Ticket
from models.staff import StaffRole
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from casework.rights import StaffRight
    from models import Staff

# Codes have 6, 9 or 12 digits; a city's ends in 00, which the codes of its districts do not share.
_CITY_END, _HIGHEST = "00", "9" * 12


def span_of(code: str) -> tuple[str, str]:
    """Return the first and the last code of a region and everything below it, in the order of texts."""
    root = code[:4] if is_city(code) else code
    return root, (root + _HIGHEST)[:12]


def is_city(code: str) -> bool:
    """Say whether a region is a city."""
    return len(code) == 6 and code.endswith(_CITY_END)  # noqa: PLR2004 - digits of a district


def within(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], code: str) -> ColumnElement[bool]:
    """Return the condition that a region's code is `code` or below it."""
    return column.between(*span_of(code))


def covers(code: str, other: str) -> bool:
    """Say whether the region `other` is `code` or below it."""
    first, last = span_of(code)
    return first <= other <= last


def may(staff: Staff, right: StaffRight) -> bool:
    """Say whether the role has the right."""
    return right in RIGHTS[staff.role]


def require(staff: Staff, right: StaffRight) -> None:
    """Raise Refusal `not_your_task` unless the role has the right."""
    if not may(staff, right):
        raise Refusal("not_your_task")


def people_of(staff: Staff) -> ColumnElement[bool]:
    """Return the condition for retirees: those who live in the region; for an agency also those it insures."""
    living = within(Retiree.owner_code, staff.region_code)
    if staff.role in {StaffRole.AGENCY_OFFICER, StaffRole.CITY_OFFICER}:
        return or_(living, within(Retiree.agency_code, staff.region_code))
    return living


def tickets_of(staff: Staff) -> ColumnElement[bool]:
    """Return the condition for tickets."""
    return within(Ticket.owner_code, staff.region_code)


def find_person(session: Session, staff: Staff, retiree_id: uuid.UUID) -> Retiree:
    """Return a retiree in reach; raise Refusal `not_yours` for another, existing or not."""
    found = session.scalar(select(Retiree).where(and_(Retiree.id == retiree_id, people_of(staff))))
    if found is None:
        raise Refusal("not_yours")
    return found


def find_ticket(session: Session, staff: Staff, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket in reach; raise Refusal `not_yours` for another, existing or not."""
    found = session.scalar(select(Ticket).where(and_(Ticket.id == ticket_id, tickets_of(staff))))
    if found is None:
        raise Refusal("not_yours")
    return found


def find_region(session: Session, staff: Staff, code: str) -> Region:
    """Return a region in reach; raise Refusal `not_yours` for another, existing or not."""
    found = session.get(Region, code)
    if found is None or not covers(staff.region_code, code):
        raise Refusal("not_yours")
    return found


def name_regions(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of regions by their codes, asked for at once."""
    found = session.execute(select(Region.code, Region.name).where(Region.code.in_(set(codes))))
    return {row.code: row.name for row in found}


def regions_below(session: Session, staff: Staff) -> Sequence[Region]:
    """Return one's own region and those below it, in order of their codes."""
    return session.scalars(select(Region).where(within(Region.code, staff.region_code)).order_by(Region.code)).all()
