"""Working days in China: weekends, public holidays, and the weekends that are worked in exchange.

The State Council announces each year's days in the autumn before; `holidays` keeps them, and computes the holidays of
years that are not announced yet.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from holidays import HolidayBase


@cache
def _calendar() -> HolidayBase:
    import holidays  # noqa: PLC0415 - every calendar of the world: a tenth of a second of every start

    return holidays.country_holidays("CN")


def after_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day` (before it, for a negative count); `day` itself for 0."""
    if count == 0:
        return day
    found: date = _calendar().get_nth_working_day(day, count)
    return found


def first_working_day(day: date) -> date:
    """Return `day` itself where it is worked, else the next working day."""
    return day if _calendar().is_working_day(day) else after_working_days(day, 1)
