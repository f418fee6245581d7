"""The community's confirmation codes: eight digits."""

from __future__ import annotations

from bot.reading.numbers import numbers_in
from casework.bindings import CODE_DIGITS
from policy.reading.plain import tidy_or_refuse
from policy.reading.understood import NotUnderstood


def read_code(text: str) -> str:
    """Return a code, however it was spaced or said, among other words or alone. Raises NotUnderstood `code`."""
    codes = {one for one in numbers_in(tidy_or_refuse(text, "code")) if len(one) == CODE_DIGITS}
    if len(codes) != 1:
        raise NotUnderstood("code")
    return codes.pop()
