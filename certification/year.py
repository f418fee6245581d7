"""Until when a certification lasts and by when the next is due (Art. 16(2)): pure rules over dates."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from policy.rules import Clock

# How early a rolling certification may be renewed; no text gives a number.
RENEWAL_DAYS = 90
_ROLLING_MONTHS = {Clock.ROLLING_12: 12, Clock.ROLLING_13: 13}


class Standing(StrEnum):
    """Where a retiree stands towards the certification of this year (年度)."""

    CERTIFIED = "certified"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Term:
    """What one certification is good for.

    period: there is one certification of a retiree for each. valid_until: the last day on which it counts.
    next_due_by: the last day for the next one.
    """

    period: str
    valid_until: date
    next_due_by: date


@lru_cache(maxsize=1 << 10)  # a file of another department asks for a few days a million times
def term_of(certified_on: date, clock: Clock) -> Term:
    """Return the term of a certification of that day: to the end of the calendar year, or 12 or 13 months."""
    if clock is Clock.CALENDAR_YEAR:
        year = certified_on.year
        return Term(str(year), date(year, 12, 31), date(year + 1, 12, 31))
    valid_until = add_months(certified_on, _ROLLING_MONTHS[clock])
    return Term(f"{certified_on:%Y-%m}", valid_until, valid_until)


def first_due_by(entitled_from: date, known_from: date, clock: Clock) -> date:
    """Return the last day for somebody's first certification, counted from when both pension and record exist."""
    start = max(entitled_from, known_from)
    if clock is Clock.CALENDAR_YEAR:
        return date(start.year, 12, 31)
    return add_months(start, _ROLLING_MONTHS[clock])


def standing_on(today: date, valid_until: date | None, due_by: date) -> Standing:
    """Return the standing; `due_by` is the next day that counts, from the last certification or the first ever."""
    if valid_until is not None and today <= valid_until:
        return Standing.CERTIFIED
    return Standing.DUE if today <= due_by else Standing.OVERDUE


def may_certify_on(today: date, valid_until: date | None, clock: Clock) -> bool:
    """Say whether a new certification is of use: none counts today, or a rolling one ends soon."""
    if valid_until is None or today > valid_until:
        return True
    return clock is not Clock.CALENDAR_YEAR and today > valid_until - timedelta(days=RENEWAL_DAYS)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month where it has no such day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))
