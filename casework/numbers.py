"""Numbers under which people follow what they asked for or told us."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from clock import local_date

if TYPE_CHECKING:
    from datetime import datetime

_DIGITS = 8


def make_number(letter: str, now: datetime) -> str:
    """Return a new number: a letter for its kind, year and month, eight random digits."""
    digits = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    return f"{letter}{local_date(now):%y%m}-{digits}"
