"""What a row of another department says: pure, from cells to a sign of somebody or to every reason why not."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from casework.roster_rows import RowRefused
from policy import identity_number
from policy.identity_number import Flaw, NotAnIdentityNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casework.matching_sources import SignSource
    from models.matching import SignKind

NAME_CHARACTERS = 50
_LOST_CHARACTER = "\ufffd"  # what decoding leaves where it could not read
_EARLIEST_YEAR = 1900
_MOST_DAYS_KEPT = 20_000
_PARTS = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})"}
_PACKED = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{2})", "%d": r"(?P<d>\d{2})"}
_TIME_OF_DAY = r"(?:[ T]?\d{1,2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?)?"


class SignRow(NamedTuple):
    """One good row. id_number is None where only the name and the birthday say who is meant.

    is_day_exact: it is the day itself, not one on which somebody wrote it down or did what follows.
    """

    id_number: str | None
    name: str
    birthday: date | None
    kind: SignKind
    happened_on: date
    is_day_exact: bool = True

    def __repr__(self) -> str:
        return "SignRow()"


class SignReader:
    """Reads the rows of one file of one source. fields: for each column the name we know it by, or None."""

    def __init__(self, source: SignSource, fields: Sequence[str | None], today: date) -> None:
        self._source = source
        self._today = today
        self._place = {field: fields.index(field) for field in source.columns if field in fields}
        self._days: dict[str, date | None] = {}
        self._forms = tuple(_compiled(form) for form in source.dates)

    def read(self, line: Sequence[str]) -> SignRow:
        """Read one row; raise RowRefused with every reason.

        A number that is none is passed over where a name and a birthday say who may be meant: that is for staff.
        """
        flaws: list[str] = []
        name = "".join(self._text(line, "name").split())
        id_number, birthday, flaw = self._person(line)
        if id_number is None and not (name and birthday):
            flaws.append(flaw.value)
        if len(name) > NAME_CHARACTERS:
            flaws.append("name_too_long")
        day = self._text(line, "happened_on")
        happened_on = self._day(day or self._text(line, "recorded_on"))
        if happened_on is None:
            flaws.append("happened_on_form")
        elif happened_on > self._today:
            flaws.append("happened_on_future")
        kind = self._kind(line)
        if kind is None:
            flaws.append("outcome_unknown")
        if _LOST_CHARACTER in name:
            flaws.append("character_lost")
        if flaws or happened_on is None or kind is None:
            raise RowRefused(flaws)
        return SignRow(id_number, name, birthday, kind, happened_on, bool(day))

    def _text(self, line: Sequence[str], field: str) -> str:
        place = self._place.get(field)
        if place is None or place >= len(line):
            return ""
        # an apostrophe before a number is how spreadsheets are made to keep it as text
        return line[place].strip().removeprefix("'").strip()

    def _person(self, line: Sequence[str]) -> tuple[str | None, date | None, Flaw]:
        """Return the identity number and the birthday, as far as the row has them, and what is wrong with the number.

        An old number of 15 digits holds a birthday of the 1900s.
        """
        flaw = Flaw.MISSING
        typed = self._text(line, "id_number")
        if typed:
            try:
                identity = identity_number.read(typed, today=self._today)
            except NotAnIdentityNumber as refused:
                flaw = refused.flaw
            else:
                return identity.text, identity.birthday, flaw
        birthday = self._day(self._text(line, "birthday"))
        if birthday is None and flaw is Flaw.FIFTEEN_DIGITS:
            birthday = self._day(f"19{identity_number.normalise(typed)[6:12]}")
        return None, birthday, flaw

    def _kind(self, line: Sequence[str]) -> SignKind | None:
        if not self._source.outcomes:
            return self._source.sign
        return self._source.outcomes.get(self._text(line, "outcome"), self._source.sign)

    def _day(self, text: str) -> date | None:
        """Return a day as the source writes them; the same text is read once, for a file has few days."""
        if text not in self._days:
            if len(self._days) > _MOST_DAYS_KEPT:
                self._days.clear()
            self._days[text] = next((day for form in self._forms if (day := _day_of(form, text))), None)
        return self._days[text]


def _compiled(form: str) -> re.Pattern[str]:
    # without a sign between them the parts have all their digits
    parts = _PACKED if "%Y%m" in form else _PARTS
    pattern = re.escape(form)
    for part, digits in parts.items():
        pattern = pattern.replace(part, digits)
    # what follows a month is no time of day: 30 February with one would pass for the first
    return re.compile(pattern + (_TIME_OF_DAY if "%d" in form else ""))


def _day_of(form: re.Pattern[str], text: str) -> date | None:
    found = form.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        day = date(int(parts["Y"]), int(parts["m"]), int(parts.get("d") or 1))
    except ValueError:
        return None
    return day if day.year >= _EARLIEST_YEAR else None
