from __future__ import annotations

from datetime import date

import pytest

from certification.year import Standing, Term, add_months, first_due_by, may_certify_on, standing_on, term_of
from policy.rules import Clock

NOVEMBER = date(2026, 11, 23)


def test_a_calendar_year_ends_with_december() -> None:
    assert term_of(NOVEMBER, Clock.CALENDAR_YEAR) == Term("2026", date(2026, 12, 31), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("clock", "until"), [(Clock.ROLLING_12, date(2027, 11, 23)), (Clock.ROLLING_13, date(2027, 12, 23))]
)
def test_a_rolling_clock_counts_months_from_the_day(clock: Clock, until: date) -> None:
    assert term_of(NOVEMBER, clock) == Term("2026-11", until, until)


def test_a_month_without_that_day_ends_on_its_last() -> None:
    assert add_months(date(2026, 1, 31), 13) == date(2027, 2, 28)
    assert add_months(date(2027, 1, 31), 13) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2026, 12, 31), Standing.CERTIFIED),
        (date(2027, 1, 1), Standing.DUE),
        (date(2027, 12, 31), Standing.DUE),
        (date(2028, 1, 1), Standing.OVERDUE),
    ],
)
def test_standing_at_the_edges_of_the_year(today: date, standing: Standing) -> None:
    term = term_of(NOVEMBER, Clock.CALENDAR_YEAR)
    assert standing_on(today, term.valid_until, term.next_due_by) is standing


def test_the_first_certification_is_due_in_the_year_in_which_both_pension_and_record_exist() -> None:
    assert first_due_by(date(2001, 5, 1), date(2026, 2, 1), Clock.CALENDAR_YEAR) == date(2026, 12, 31)
    assert first_due_by(date(2027, 5, 1), date(2026, 2, 1), Clock.CALENDAR_YEAR) == date(2027, 12, 31)
    assert first_due_by(date(2001, 5, 1), date(2026, 2, 1), Clock.ROLLING_13) == date(2027, 3, 1)


def test_nobody_certifies_twice_for_one_year() -> None:
    assert may_certify_on(NOVEMBER, None, Clock.CALENDAR_YEAR)
    assert not may_certify_on(NOVEMBER, date(2026, 12, 31), Clock.CALENDAR_YEAR)
    assert may_certify_on(date(2027, 1, 1), date(2026, 12, 31), Clock.CALENDAR_YEAR)


def test_a_rolling_certification_is_renewed_in_its_last_ninety_days() -> None:
    until = date(2027, 11, 23)
    assert not may_certify_on(date(2027, 8, 25), until, Clock.ROLLING_12)
    assert may_certify_on(date(2027, 8, 26), until, Clock.ROLLING_12)
