"""Cells that a spreadsheet takes for what they are."""

from __future__ import annotations

import re
from typing import TypeVar

# What a spreadsheet takes for the beginning of a formula, also in the wide form of Chinese keyboards.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
Cell = TypeVar("Cell")


def defuse(value: Cell) -> Cell | str:
    """Return a text that no spreadsheet takes for a formula; whoever wrote it may have meant one."""
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value)
    return f"'{text}" if text.startswith(_FORMULA) else text
