"""The lists behind the figures: the same conditions, the people and cases one by one, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from casework.figure_conditions import (
    Dimension,
    Faces,
    FigureScope,
    People,
    closed_in,
    faces_condition,
    first_attempt,
    in_year,
    part_condition,
    people_condition,
)
from casework.rights import StaffRight
from casework.scope import require, within
from clock import local_date
from models import Attempt, CertificationSession, Retiree, Review, Staff, Ticket, Visit
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from models.audit import Actor
    from models.certification import Channel

PAGE = 50
# One file; whoever needs more takes the regions below one by one.
MOST_EXPORTED = 100_000
_EXPORT_CHUNK = 1000


@dataclass(frozen=True)
class PeopleAsked:
    """Which retirees a list shows. after: owner, due day and id of the last one of the page before."""

    scope: FigureScope
    year: int
    which: People = People.ALL
    channel: Channel | None = None
    after: tuple[str, date, uuid.UUID] | None = None


@dataclass(frozen=True)
class CasesAsked:
    """Which visits, closed tickets or face sessions of one owner a list shows. after: moment and id of the last."""

    scope: FigureScope
    year: int
    after: tuple[datetime, uuid.UUID] | None = None
    which: Faces = Faces.TRIED
    dimension: Dimension | None = None
    part: str = ""


def list_people(
    session: Session, staff: Staff, asked: PeopleAsked, *, now: datetime, most: int = PAGE + 1
) -> Sequence[Retiree]:
    """Return retirees in order of owner, due day, id: one more than a page where there is a next one.

    Raises Refusal `malformed` for who is due in a year that is over: that is not known any more.
    """
    require(staff, StaffRight.SEE_FIGURES)
    require(staff, StaffRight.SEE_PEOPLE)
    today = local_date(now)
    if asked.year != today.year and asked.which is not People.CERTIFIED:
        raise Refusal("malformed", field="year")
    statement = (
        select(Retiree)
        .where(
            within(Retiree.owner_code, staff.region_code),
            asked.scope.holds(Retiree.owner_code),
            people_condition(asked.which, year=asked.year, today=today, channel=asked.channel),
        )
        .order_by(Retiree.owner_code, Retiree.due_by, Retiree.id)
        .limit(most)
    )
    if asked.after is not None:
        statement = statement.where(tuple_(Retiree.owner_code, Retiree.due_by, Retiree.id) > asked.after)
    return session.scalars(statement).all()


def begin_export(session: Session, staff: Staff, asked: PeopleAsked, *, actor: Actor, now: datetime) -> int:
    """Write down that people are exported, and return how many there are.

    Raises Refusal `export_too_large`, `malformed`.
    """
    require(staff, StaffRight.SEE_FIGURES)
    require(staff, StaffRight.SEE_PEOPLE)
    today = local_date(now)
    if asked.year != today.year and asked.which is not People.CERTIFIED:
        raise Refusal("malformed", field="year")
    some = (
        select(Retiree.id)
        .where(
            within(Retiree.owner_code, staff.region_code),
            asked.scope.holds(Retiree.owner_code),
            people_condition(asked.which, year=asked.year, today=today, channel=asked.channel),
        )
        .limit(MOST_EXPORTED + 1)
    )
    shown = session.scalars(some).all()
    if len(shown) > MOST_EXPORTED:
        raise Refusal("export_too_large", most=str(MOST_EXPORTED))
    reason = f"{asked.which.value} {asked.scope.code} {len(shown)}"
    record(session, actor, "people.export", staff, now=now, reason=reason, shown=shown)
    return len(shown)


def walk_people(session: Session, staff: Staff, asked: PeopleAsked, *, now: datetime) -> Iterator[Retiree]:
    """Yield every retiree of a list; few are in memory at a time."""
    after = asked.after
    while True:
        chunk = list_people(
            session,
            staff,
            PeopleAsked(asked.scope, asked.year, asked.which, asked.channel, after),
            now=now,
            most=_EXPORT_CHUNK,
        )
        yield from chunk
        if len(chunk) < _EXPORT_CHUNK:
            return
        last = chunk[-1]
        after = (last.owner_code, last.due_by, last.id)
        session.expunge_all()


def list_visits(session: Session, staff: Staff, asked: CasesAsked) -> Sequence[Row[Visit, Ticket, Retiree, Staff]]:
    """Return the visits of the year in order of time, one more than a page where there is a next one."""
    statement = (
        select(Visit, Ticket, Retiree, Staff)
        .join(Ticket, Ticket.id == Visit.ticket_id)
        .join(Retiree, Retiree.id == Visit.retiree_id)
        .join(Staff, Staff.id == Visit.staff_id)
        .where(in_year(Visit.ended_at, asked.year), *_in_reach(staff, asked, Ticket.owner_code))
    )
    return session.execute(
        statement.where(*_after(Visit.ended_at, Visit.id, asked)).order_by(Visit.ended_at, Visit.id).limit(PAGE + 1)
    ).all()


def list_closed(session: Session, staff: Staff, asked: CasesAsked) -> Sequence[Row[Ticket, Retiree | None]]:
    """Return the tickets that were done in the year, in order of their end."""
    statement = (
        select(Ticket, Retiree)
        .outerjoin(Retiree, Retiree.id == Ticket.retiree_id)
        .where(closed_in(asked.year), *_in_reach(staff, asked, Ticket.owner_code))
    )
    return session.execute(
        statement.where(*_after(Ticket.closed_at, Ticket.id, asked))
        .order_by(Ticket.closed_at, Ticket.id)
        .limit(PAGE + 1)
    ).all()


def list_faces(session: Session, staff: Staff, asked: CasesAsked) -> Sequence[Row[CertificationSession, Retiree]]:
    """Return the face sessions of the year whose first attempt had an outcome, in order of time."""
    statement = (
        select(CertificationSession, Retiree)
        .join(Attempt, first_attempt())
        .join(Retiree, Retiree.id == CertificationSession.retiree_id)
        .outerjoin(Review, Review.attempt_id == Attempt.id)
        .where(
            in_year(CertificationSession.created_at, asked.year),
            faces_condition(asked.which),
            *_in_reach(staff, asked, CertificationSession.owner_code),
        )
    )
    if asked.dimension is not None:
        statement = statement.where(part_condition(asked.dimension, asked.part))
    moment, row_id = CertificationSession.created_at, CertificationSession.id
    return session.execute(
        statement.where(*_after(moment, row_id, asked)).order_by(moment, row_id).limit(PAGE + 1)
    ).all()


def _in_reach(
    staff: Staff, asked: CasesAsked, owner: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> list[ColumnElement[bool]]:
    require(staff, StaffRight.SEE_FIGURES)
    require(staff, StaffRight.SEE_PEOPLE)
    if not asked.scope.alone:
        # a list of cases is one owner's: nobody reads a whole district's
        raise Refusal("not_found")
    return [within(owner, staff.region_code), asked.scope.holds(owner)]


def _after(
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    row_id: InstrumentedAttribute[uuid.UUID],
    asked: CasesAsked,
) -> list[ColumnElement[bool]]:
    return [] if asked.after is None else [tuple_(moment, row_id) > asked.after]
