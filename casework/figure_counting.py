"""Counting: grouped statements over all owners, or over one of them alone where a page shows it live."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from casework.figure_conditions import (
    Dimension,
    Faces,
    People,
    certified_in,
    closed_in,
    days_to_close,
    dimension_column,
    faces_condition,
    first_attempt,
    in_year,
    is_late,
    is_standing,
    people_condition,
)
from models import Attempt, Certification, CertificationSession, Retiree, Review, Ticket, Visit
from models.certification import Channel

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from casework.figure_conditions import FigureScope

# Names of figures, as they are stored. A bucket is a channel, a number of days, or a dimension and its part.
RETIREES, CERTIFIED, DUE_30, OVERDUE = "retirees", "certified", "due_30", "overdue"
TICKETS_OPEN, TICKETS_LATE, VISITS, DAYS_TO_CLOSE = "tickets_open", "tickets_late", "visits", "days_to_close"
FACE_NAMES = {Faces.TRIED: "face_tried", Faces.FIRST: "face_first", Faces.END: "face_end"}
LONGEST_DAYS = 60
CHUNK = 5_000

# By the owner's code, the figure's name and its bucket.
Counts = Counter[tuple[str, str, str]]


def count_all(session: Session, scope: FigureScope | None, *, year: int, today: date) -> Counts:
    """Return every figure of every owner, or of those in `scope`; what is zero is left out.

    How people and tickets stand is known of today alone: of a past year there is what was done in it.
    """
    counts: Counts = Counter()
    if year == today.year:
        _count_people(session, scope, today, counts)
        _count_standing_tickets(session, scope, today, counts)
    else:
        _count_certified(session, scope, year, counts)
    _count_visits(session, scope, year, counts)
    _count_closed(session, scope, year, counts)
    _count_faces(session, scope, year, counts)
    return +counts


def _within(
    scope: FigureScope | None, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> list[ColumnElement[bool]]:
    return [] if scope is None else [scope.holds(column)]


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _count_people(session: Session, scope: FigureScope | None, today: date, counts: Counts) -> None:
    def number(which: People, channel: Channel | None = None) -> ColumnElement[int]:
        return _number(people_condition(which, year=today.year, today=today, channel=channel))

    names = [(DUE_30, ""), (OVERDUE, ""), *((CERTIFIED, channel.value) for channel in Channel)]
    columns = [number(People.DUE_30), number(People.OVERDUE), *(number(People.CERTIFIED, one) for one in Channel)]
    rows = session.execute(
        select(Retiree.owner_code, func.count(), *columns)
        .where(*_within(scope, Retiree.owner_code))
        .group_by(Retiree.owner_code)
    )
    for code, everybody, *numbers in rows:
        counts[code, RETIREES, ""] = everybody
        counts.update({(code, *name): value for name, value in zip(names, numbers, strict=True)})


def _count_certified(session: Session, scope: FigureScope | None, year: int, counts: Counts) -> None:
    rows = session.execute(
        select(Retiree.owner_code, Certification.channel, func.count(Retiree.id.distinct()))
        .join(Certification, Certification.retiree_id == Retiree.id)
        .where(certified_in(year), *_within(scope, Retiree.owner_code))
        .group_by(Retiree.owner_code, Certification.channel)
    )
    for code, channel, number in rows:
        counts[code, CERTIFIED, channel.value] = number


def _count_standing_tickets(session: Session, scope: FigureScope | None, today: date, counts: Counts) -> None:
    rows = session.execute(
        select(Ticket.owner_code, func.count(), _number(is_late(today)))
        .where(is_standing(), *_within(scope, Ticket.owner_code))
        .group_by(Ticket.owner_code)
    )
    for code, standing, late in rows:
        counts[code, TICKETS_OPEN, ""] = standing
        counts[code, TICKETS_LATE, ""] = late


def _count_visits(session: Session, scope: FigureScope | None, year: int, counts: Counts) -> None:
    rows = session.execute(
        select(Ticket.owner_code, func.count())
        .join(Visit, Visit.ticket_id == Ticket.id)
        .where(in_year(Visit.ended_at, year), *_within(scope, Ticket.owner_code))
        .group_by(Ticket.owner_code)
    )
    for code, number in rows:
        counts[code, VISITS, ""] = number


def _count_closed(session: Session, scope: FigureScope | None, year: int, counts: Counts) -> None:
    # days between moments are written differently on every database: the subtraction is done here
    rows = session.execute(
        select(Ticket.owner_code, Ticket.created_at, Ticket.closed_at)
        .where(closed_in(year), *_within(scope, Ticket.owner_code))
        .execution_options(yield_per=CHUNK)
    )
    for code, created_at, closed_at in rows:
        days = min(max(days_to_close(created_at, closed_at), 0), LONGEST_DAYS)
        counts[code, DAYS_TO_CLOSE, str(days)] += 1


def _count_faces(session: Session, scope: FigureScope | None, year: int, counts: Counts) -> None:
    # one reading of the year's sessions for all dimensions; they are taken apart here
    names = list(FACE_NAMES.values())
    columns = [dimension_column(dimension) for dimension in Dimension]
    rows = session.execute(
        select(CertificationSession.owner_code, *(_number(faces_condition(which)) for which in FACE_NAMES), *columns)
        .join(Attempt, first_attempt())
        .outerjoin(Review, Review.attempt_id == Attempt.id)
        .where(
            in_year(CertificationSession.created_at, year),
            CertificationSession.owner_code.is_not(None),
            *_within(scope, CertificationSession.owner_code),
        )
        .group_by(CertificationSession.owner_code, *columns)
        .execution_options(yield_per=CHUNK)
    )
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(names))
    for row in rows:
        found = tuple(row)
        numbers, parts = found[1 : 1 + len(names)], found[1 + len(names) :]
        for bucket in _buckets(parts):
            of_bucket = sums[found[0], bucket]
            for place, number in enumerate(numbers):
                of_bucket[place] += number
    for (code, bucket), summed in sums.items():
        counts.update({(code, name, bucket): number for name, number in zip(names, summed, strict=True)})


@lru_cache(maxsize=10_000)
def _buckets(parts: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return where sessions of these parts count: an attempt asks for several actions and counts for each of them."""
    found = [""]
    for dimension, part in zip(Dimension, parts, strict=True):
        ones = sorted(set(json.loads(part or "[]"))) if dimension is Dimension.ACTION else [part or ""]
        found += [f"{dimension.value}:{one}" for one in ones]
    return tuple(found)
