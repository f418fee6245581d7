"""What of a person is shown until somebody asks for the whole, with a reason."""

from __future__ import annotations

import re

_SHOWN_FIRST, _SHOWN_LAST = 6, 4
_PHONE_FIRST = 3
_DIGIT = re.compile(r"[0-9０-９]")


def mask_id_number(number: str) -> str:
    """Return the region and the last four signs: 430102********1234."""
    return number[:_SHOWN_FIRST] + "*" * (len(number) - _SHOWN_FIRST - _SHOWN_LAST) + number[-_SHOWN_LAST:]


def mask_phone(phone: str | None) -> str | None:
    """Return the first three and the last four digits."""
    if phone is None:
        return None
    return phone[:_PHONE_FIRST] + "*" * (len(phone) - _PHONE_FIRST - _SHOWN_LAST) + phone[-_SHOWN_LAST:]


def mask_address(address: str | None) -> str | None:
    """Return the address without its numbers: the road, not the house."""
    return None if address is None else _DIGIT.sub("*", address)
