"""Months as numbers, so that databases and code count them alike: year * 12 + month - 1."""

from __future__ import annotations

import re
from datetime import date

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_of(day: date) -> int:
    """Return the number of the month in which `day` lies."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def write_month(month: int) -> str:
    """Return a month as 2025-03."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def read_month(text: str) -> int:
    """Return the number of a month written as 2025-03; raise ValueError for anything else."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no month such as 2025-03")
    return int(found[1]) * 12 + int(found[2]) - 1
