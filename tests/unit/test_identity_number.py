from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.identity_number import Flaw, NotAnIdentityNumber, Sex, check_digit, read

TODAY = date(2025, 3, 10)
# The number printed in GB 11643-1999 as its own example of the check digit.
EXAMPLE = "11010519491231002X"


def test_it_works() -> None:
    number = read(EXAMPLE, today=TODAY)
    assert (number.text, number.birthday, number.sex) == (EXAMPLE, date(1949, 12, 31), Sex.FEMALE)


@given(
    st.dates(date(1925, 1, 1), TODAY),
    st.integers(0, 999),
    st.sampled_from(["430102", "430181", "110105", "659001"]),
)
def test_every_number_with_the_right_check_digit_is_read(birthday: date, serial: int, region: str) -> None:
    first = f"{region}{birthday:%Y%m%d}{serial:03d}"
    number = read(first + check_digit(first), today=TODAY)
    assert number.birthday == birthday
    assert (number.sex is Sex.MALE) == bool(serial % 2)


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, by: int) -> None:
    digits = "0123456789X" if place == 17 else "0123456789"
    wrong = digits[(digits.index(EXAMPLE[place]) + by) % len(digits)]
    with pytest.raises(NotAnIdentityNumber):
        read(EXAMPLE[:place] + wrong + EXAMPLE[place + 1 :], today=TODAY)


@given(st.integers(0, 16))
def test_two_exchanged_neighbours_are_always_noticed(place: int) -> None:
    one, other = EXAMPLE[place], EXAMPLE[place + 1]
    if one == other:
        return
    with pytest.raises(NotAnIdentityNumber):
        read(EXAMPLE[:place] + other + one + EXAMPLE[place + 2 :], today=TODAY)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.MISSING),
        ("  ", Flaw.MISSING),
        ("110105491231002", Flaw.FIFTEEN_DIGITS),
        ("1.10105E+17", Flaw.LOST_DIGITS),
        ("1E17", Flaw.LOST_DIGITS),
        ("010105194912310021", Flaw.FORM),
        ("1101051949123100X2", Flaw.FORM),
        ("110105194913310021", Flaw.BIRTHDAY),
        ("110105190002290021", Flaw.BIRTHDAY),
        ("110105202503110021", Flaw.BIRTHDAY),
        ("110105189412310021", Flaw.BIRTHDAY),
        ("110105194912310021", Flaw.CHECK_DIGIT),
    ],
)
def test_a_flaw_is_named(text: str, flaw: Flaw) -> None:
    with pytest.raises(NotAnIdentityNumber) as refused:
        read(text, today=TODAY)
    assert refused.value.flaw is flaw
    assert text not in str(refused.value) or not text


def test_the_number_is_not_shown() -> None:
    assert "1949" not in repr(read(EXAMPLE, today=TODAY))


@pytest.mark.parametrize(("day", "age"), [(date(2024, 12, 30), 74), (date(2024, 12, 31), 75)])
def test_a_year_is_full_on_the_birthday(day: date, age: int) -> None:
    assert read(EXAMPLE, today=TODAY).age_on(day) == age
