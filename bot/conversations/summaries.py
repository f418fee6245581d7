"""How slots are read back."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from bot.conversations.shapes import Vanished

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Person, Slots

_SHOWN = 4


def mask_number(number: str) -> str:
    """Return the last characters of an identity number or phone, enough to tell a slip."""
    return number[-_SHOWN:]


def person_of(facts: Facts, slots: Slots) -> Person:
    """Return the person that a flow is about; raise Vanished where the account is not bound to them any more."""
    wanted = uuid.UUID(slots["who"])
    found = next((person for person in facts.people if person.id == wanted and person.is_confirmed), None)
    if found is None:
        raise Vanished
    return found


def name_of(facts: Facts, slots: Slots) -> str:
    """Return the name of the person that a flow is about: a bound one's, or the one that was told."""
    return person_of(facts, slots).name if slots.get("who") else str(slots.get("name", ""))


def day_of(slots: Slots, slot: str = "day") -> date | None:
    """Return the day in a slot."""
    return date.fromisoformat(slots[slot]) if slots.get(slot) else None
