"""Dates as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words import PAGE

if TYPE_CHECKING:
    from datetime import date


def write_day(day: date) -> str:
    """Return a date as people say it."""
    return PAGE["day"].format(year=day.year, month=day.month, day=day.day)
