"""The resident identity number (公民身份号码, GB 11643-1999): its form, and the birthday and sex it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile(r"[1-9][0-9]{14}")
_LOST = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+")  # how spreadsheets write a long number
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_OLDEST = 130


class Sex(StrEnum):
    """The sex that the number's 17th digit states."""

    FEMALE = "female"
    MALE = "male"


class Flaw(StrEnum):
    """Why a text is no identity number; each has a sentence in `words`."""

    MISSING = "id_number_missing"
    FIFTEEN_DIGITS = "id_number_fifteen_digits"
    LOST_DIGITS = "id_number_lost_digits"
    FORM = "id_number_form"
    BIRTHDAY = "id_number_birthday"
    CHECK_DIGIT = "id_number_check_digit"


class NotAnIdentityNumber(Exception):
    """A text is no identity number, and `flaw` says why. The text itself is not in the error."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True)
class IdentityNumber:
    """A number whose check digit is right and whose birthday exists."""

    text: str
    birthday: date
    sex: Sex

    def __repr__(self) -> str:
        return "IdentityNumber()"

    def age_on(self, day: date) -> int:
        """Return the full years lived on `day`."""
        return day.year - self.birthday.year - ((day.month, day.day) < (self.birthday.month, self.birthday.day))


def normalise(text: str) -> str:
    """Return `text` as identity numbers are written: ASCII digits and a capital X, no spaces."""
    return "".join(text.split()).translate(_WIDE).upper()


_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "X"}


def read(text: str, *, today: date) -> IdentityNumber:
    """Read an identity number as a person may have typed it; raise NotAnIdentityNumber.

    today: no birthday lies after it or 130 years before it.
    """
    number = text if _FORM.fullmatch(text) else normalise(text)
    if not number:
        raise NotAnIdentityNumber(Flaw.MISSING)
    if _FIFTEEN.fullmatch(number):
        raise NotAnIdentityNumber(Flaw.FIFTEEN_DIGITS)
    if _LOST.fullmatch(number):
        raise NotAnIdentityNumber(Flaw.LOST_DIGITS)
    if not _FORM.fullmatch(number):
        raise NotAnIdentityNumber(Flaw.FORM)
    birthday = _day_of(number[6:14])
    if birthday is None or birthday > today or birthday.year < today.year - _OLDEST:
        raise NotAnIdentityNumber(Flaw.BIRTHDAY)
    if number[17] != check_digit(number[:17]):
        raise NotAnIdentityNumber(Flaw.CHECK_DIGIT)
    return IdentityNumber(number, birthday, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def birthday_of(number: str) -> date | None:
    """Return the birthday in a number that was read before; None where it holds none."""
    return _day_of(number[6:14])


def check_digit(first_17: str) -> str:
    """Return the 18th character for 17 digits: ISO 7064, MOD 11-2."""
    # by parts that a million numbers share: regions, birthdays, serials
    total = _weighed(first_17[:6], 0) + _weighed(first_17[6:14], 6) + _weighed(first_17[14:], 14)
    return _CHECK_DIGITS[total % 11]


@lru_cache(maxsize=1 << 16)
def _weighed(digits: str, place: int) -> int:
    return sum(map(mul, _WEIGHTS[place:], map(int, digits)))


@lru_cache(maxsize=1 << 16)
def _day_of(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
