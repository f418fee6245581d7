"""What a question says beside what it asks: days, telephone and identity numbers, whom it is about. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy.reading.days import find_days

if TYPE_CHECKING:
    import datetime as dt

_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_IDENTITY = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9x](?![0-9a-z])")
_CLAUSE = re.compile(r"[,，。;；!?！？\n]")
_KIN = (
    ("father_in_law", re.compile("岳父|丈人|公公|家公|家爷")),
    ("mother_in_law", re.compile("岳母|丈母娘|婆婆|家婆|家娘")),
    ("father", re.compile("爸|爹|父亲|老头子|爷老子|老爷子")),
    ("mother", re.compile("(?<!大|姑|姨|舅|干)妈|(?<!大|姑|岳|伯|婶)娘(?!家)|母亲|姆妈")),
    ("grandfather", re.compile("爷爷|嗲嗲|外公|姥爷")),
    ("grandmother", re.compile("奶奶|娭毑|外婆|姥姥")),
    ("spouse", re.compile("老伴|爱人|老公|老婆|丈夫|妻子|堂客|配偶")),
    ("child", re.compile("儿子|女儿|崽|妹陀|媳妇|女婿|孙子|孙女|外孙")),
)


@dataclass(frozen=True)
class Slots:
    """What was found. day_of_death: only where the same clause speaks of a death."""

    date: dt.date | None = None
    day_of_death: dt.date | None = None
    phone: str | None = None
    id_number: str | None = None
    kin: str | None = None

    def __repr__(self) -> str:
        return "Slots()"

    def as_document(self) -> dict[str, str]:
        """Return what was found, as the services take it; an identity number only by its end."""
        found = {
            "date": None if self.date is None else self.date.isoformat(),
            "phone": self.phone,
            "id_number": None if self.id_number is None else mask_number(self.id_number),
            "kin": self.kin,
        }
        return {name: value for name, value in found.items() if value is not None}


def find_slots(tidy: str, speaks_of_death: re.Pattern[str], today: dt.date) -> Slots:
    """Return what a tidy text says. speaks_of_death: the words for it; today: no day lies after it."""
    days = find_days(tidy, today)
    of_death = [day for place, day in days if speaks_of_death.search(_clause_at(tidy, place))]
    kin = min(
        ((found.start(), name) for name, pattern in _KIN if (found := pattern.search(tidy))),
        default=(0, None),
    )[1]
    phone, identity = _PHONE.search(tidy), _IDENTITY.search(tidy)
    return Slots(
        date=of_death[0] if of_death else days[0][1] if days else None,
        day_of_death=of_death[0] if of_death else None,
        phone=re.sub("[ -]", "", phone[0]) if phone else None,
        id_number=identity[0].upper() if identity else None,
        kin=kin,
    )


def mask_number(number: str) -> str:
    """Return a number by its first three and last two characters."""
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def _clause_at(text: str, place: int) -> str:
    begin = max((found.end() for found in _CLAUSE.finditer(text, 0, place)), default=0)
    end = _CLAUSE.search(text, place)
    return text[begin : end.start() if end else len(text)]
