"""Days as people write and say them, by the solar calendar; lunar ones are told apart and asked for again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policy.reading.day_forms import FORMS, JUST_NOW, LEFT_OVER, LUNAR, SOLAR, Seen
from policy.reading.plain import tidy_or_refuse
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from datetime import date

_OLDEST_YEARS = 120
# Only a space between digits parts anything: 2026 3 5.
_SPACE = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_DENIED = re.compile(r"不是[^,，。;；是]{0,20}")
_GONE = "\0"


def read_day(text: str, today: date, *, may_be_future: bool = False) -> date:
    """Return the one day that a text gives.

    Without a year or a month it is the last such day up to today; where it may lie ahead, the nearest one.
    Raises NotUnderstood `day` for none or several, `day_lunar`, `day_impossible`, `day_future`.
    """
    plain = re.sub(r"\s+", " ", _SPACE.sub("", tidy_or_refuse(text, "day")))
    plain = _DENIED.sub(_GONE, _solar_part(plain))
    try:
        days = _all_days(plain, Seen(today, may_be_future))
    except (ValueError, OverflowError):
        raise NotUnderstood("day_impossible") from None
    if len(days) != 1:
        raise NotUnderstood("day")
    day = days.pop()
    if (day.year + _OLDEST_YEARS, day.month, day.day) < (today.year, today.month, today.day):
        raise NotUnderstood("day_impossible")
    if day > today and not may_be_future:
        raise NotUnderstood("day_future")
    return day


def find_days(text: str, today: date) -> list[tuple[int, date]]:
    """Return the days up to today that are named within a longer text, each with its place; none where one is lunar.

    text: tidy, in one width. A day that does not exist makes the whole text say nothing.
    """
    if LUNAR.search(text):
        return []
    try:
        found, _rest = _each_day(text, Seen(today, may_be_future=False))
    except (ValueError, OverflowError, NotUnderstood):
        return []
    return [(place, day) for place, day in found if 0 <= (today - day).days <= _OLDEST_YEARS * 365]


def _solar_part(plain: str) -> str:
    """Return what may hold a solar day; who gives both calendars is taken at the solar one."""
    if not LUNAR.search(plain):
        return plain
    solar = SOLAR.search(plain)
    part = re.split(r"[,，。;；()]", plain[solar.end() :])[0] if solar else ""
    if not part or LUNAR.search(part):
        raise NotUnderstood("day_lunar")
    return part


def _all_days(plain: str, seen: Seen) -> set[date]:
    found, rest = _each_day(plain, seen)
    days = {day for _place, day in found}
    if LEFT_OVER.search(rest):
        raise NotUnderstood("day")
    return days or ({seen.today} if JUST_NOW.search(rest) else set())


def _each_day(plain: str, seen: Seen) -> tuple[list[tuple[int, date]], str]:
    """Return every day with its place, and the text with these places blanked, as long as before."""
    found: list[tuple[int, date]] = []
    for form in FORMS:
        found += [(one.start(), form.meaning(one, seen)) for one in form.pattern.finditer(plain)]
        plain = form.pattern.sub(lambda one: _GONE * len(one[0]), plain)
    return sorted(found), plain
