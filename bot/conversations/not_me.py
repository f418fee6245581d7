"""Somebody who was certified by a data match says that it was not them: whom it is about, then staff look into it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bot.conversations.shapes import DisputeMatch, Effect, Flow
from policy.relations import Right

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots


def _finish(_facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    return (DisputeMatch(uuid.UUID(slots["who"])),)


NOT_ME = Flow("not_me", (), _finish, right=Right.SEE_STANDING)
