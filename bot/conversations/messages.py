"""Somebody wonders whether a message or a code is ours: it is shown to us, and we say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversations.shapes import CheckPasted, Flow, Question
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

_LONGEST = 2000


def _read(text: str, _tap: str | None, _facts: Facts, _slots: Slots) -> str:
    if len(text) > _LONGEST:
        raise NotUnderstood("too_long")
    return text


CHECK_MESSAGE = Flow(
    "check_message",
    (Question("pasted", _read),),
    lambda _facts, slots: (CheckPasted(slots["pasted"]),),
)
