"""What each figure counts, as conditions: the counting and the lists behind the figures ask the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, String, and_, cast, or_, select

from casework.scope import within
from clock import LOCAL_ZONE, local_date
from models import Attempt, Certification, CertificationSession, Retiree, Review, Ticket
from models.attempt import AttemptStatus, SessionStatus
from models.ticket import ENDED, TicketStatus

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import InstrumentedAttribute

    from models.certification import Channel

DUE_SOON_DAYS = 30
# A first attempt that ended with an outcome; one that was broken off says nothing of the machine.
_TRIED = (AttemptStatus.CERTIFIED, AttemptStatus.RETRY, AttemptStatus.REVIEW, AttemptStatus.REFUSED)


class People(StrEnum):
    """Which retirees."""

    ALL = "all"
    CERTIFIED = "certified"
    DUE_30 = "due_30"
    OVERDUE = "overdue"


class Faces(StrEnum):
    """Which certification sessions by face: all that were tried, passed at the first try, in the end, or not."""

    TRIED = "tried"
    FIRST = "first"
    END = "end"
    FAILED = "failed"


class Dimension(StrEnum):
    """By what sessions are told apart."""

    AGE = "age"
    SEX = "sex"
    ACTION = "action"
    PHONE = "phone"


@dataclass(frozen=True)
class FigureScope:
    """Whose figures: everything in a region, or one owner's alone (a community's, an agency's)."""

    code: str
    alone: bool

    def holds(self, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
        """Return the condition that an owner's code is meant."""
        return column == self.code if self.alone else within(column, self.code)


def bounds_of(year: int) -> tuple[datetime, datetime]:
    """Return the first moment of a year in China and of the next one."""
    return datetime(year, 1, 1, tzinfo=LOCAL_ZONE), datetime(year + 1, 1, 1, tzinfo=LOCAL_ZONE)


def in_year(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], year: int
) -> ColumnElement[bool]:
    """Return the condition that a moment lies in the year."""
    first, after = bounds_of(year)
    return and_(column >= first, column < after)


def people_condition(which: People, *, year: int, today: date, channel: Channel | None = None) -> ColumnElement[bool]:
    """Return the condition for retirees.

    Of the present year: who stands so today. Of a past one only `certified` and `all` exist: who was certified in it.
    """
    not_certified = or_(Retiree.certified_until.is_(None), Retiree.certified_until < today)
    match which:
        case People.ALL:
            return Retiree.id.is_not(None)
        case People.CERTIFIED if year != today.year:
            made = select(Certification.retiree_id).where(certified_in(year))
            return Retiree.id.in_(made if channel is None else made.where(Certification.channel == channel))
        case People.CERTIFIED:
            certified = Retiree.certified_until >= today
            return certified if channel is None else and_(certified, Retiree.certified_by == channel)
        case People.DUE_30:
            soon = Retiree.due_by.between(today, today + timedelta(days=DUE_SOON_DAYS))
            return and_(not_certified, soon)
        case People.OVERDUE:
            return and_(not_certified, Retiree.due_by < today)


def certified_in(year: int) -> ColumnElement[bool]:
    """Return the condition for certifications made in the year that still count."""
    return and_(in_year(Certification.certified_at, year), Certification.revoked_at.is_(None))


def is_standing() -> ColumnElement[bool]:
    """Return the condition for tickets that stand."""
    return Ticket.status.not_in(ENDED)


def is_late(today: date) -> ColumnElement[bool]:
    """Return the condition for standing tickets whose day is past."""
    return and_(is_standing(), Ticket.due_by < today)


def closed_in(year: int) -> ColumnElement[bool]:
    """Return the condition for tickets that were done in the year; a cancelled one helped nobody."""
    return and_(Ticket.status == TicketStatus.DONE, in_year(Ticket.closed_at, year))


def days_to_close(opened_at: datetime, closed_at: datetime | None) -> int:
    """Return the calendar days from the opening to the end: 0 is the same day."""
    return 0 if closed_at is None else (local_date(closed_at) - local_date(opened_at)).days


def first_attempt() -> ColumnElement[bool]:
    """Return the condition that joins a session to its first attempt, if that had an outcome."""
    return and_(Attempt.session_id == CertificationSession.id, Attempt.number == 1, Attempt.status.in_(_TRIED))


def faces_condition(which: Faces) -> ColumnElement[bool]:
    """Return the condition for sessions joined to their first attempt and, outer, to its review.

    What a reviewer certified was not passed at the first try, but in the end.
    """
    in_the_end = CertificationSession.status == SessionStatus.CERTIFIED
    match which:
        case Faces.TRIED:
            return Attempt.id.is_not(None)
        case Faces.FIRST:
            return and_(Attempt.status == AttemptStatus.CERTIFIED, Review.id.is_(None))
        case Faces.END:
            return in_the_end
        case Faces.FAILED:
            return CertificationSession.status != SessionStatus.CERTIFIED


def dimension_column(dimension: Dimension) -> ColumnElement[str | None]:
    """Return what the sessions are told apart by; the actions of the first attempt as one text, a JSON list."""
    columns: dict[Dimension, ColumnElement[str | None]] = {
        Dimension.AGE: CertificationSession.age_group.expression,
        Dimension.SEX: CertificationSession.sex.expression,
        Dimension.PHONE: CertificationSession.phone.expression,
        Dimension.ACTION: cast(Attempt.actions, String).expression,
    }
    return columns[dimension]


def part_condition(dimension: Dimension, part: str) -> ColumnElement[bool]:
    """Return the condition for sessions of one age group, sex, kind of phone, or with that action asked for."""
    column = dimension_column(dimension)
    if dimension is Dimension.ACTION:
        return column.contains(f'"{part}"', autoescape=True)
    return column.is_(None) if part == "" else column == part
