"""Who may help: the retiree lets somebody in or not, and anybody may leave."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bot.conversations.shapes import DecideHelper, Effect, Flow, LeaveClaims, LeavePerson, Question, Vanished
from bot.conversations.summaries import name_of
from bot.reading.choices import Option, read_choice, read_yes_no
from bot.replies import OTHER_PHONE, RELATIONS, UNNAMED
from casework.bindings import Shown
from models.account import Relation
from policy.relations import Right

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots, Waiting

AGREE = (Option("yes", "同意"), Option("no", "不同意"))


def _key(one: Waiting) -> str:
    """Return what is kept of somebody who was shown: who, as what and by which name, all of which may change."""
    return f"{one.id}|{one.relation}|{one.person_name}"


def _name(one: Waiting) -> str:
    return one.person_name or (OTHER_PHONE if one.relation is Relation.SELF else UNNAMED)


def _helper_options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
    return tuple(Option(_key(one), _name(one)) for one in facts.helpers)


def _chosen(facts: Facts, slots: Slots) -> Waiting:
    """Return whoever was shown; raise Vanished where they are gone, or are not what was shown any more."""
    found = next((one for one in facts.helpers if _key(one) == slots.get("helper")), None)
    if found is None:
        raise Vanished
    return found


def _decide(facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    one = _chosen(facts, slots)
    shown = Shown(one.id, one.relation, one.person_name)
    return (DecideHelper(shown, is_agreed=slots["may_help"] == "yes"),)


def _values(facts: Facts, slots: Slots) -> dict[str, str]:
    one = _chosen(facts, slots)
    return {"name": _name(one), "relation": RELATIONS[one.relation]}


HELPERS = Flow(
    "helpers",
    (
        Question(
            "helper",
            lambda text, tap, facts, slots: read_choice(text, tap, _helper_options(facts, slots)),
            options=_helper_options,
            alone=True,
        ),
        Question(
            "may_help",
            lambda text, tap, _facts, _slots: "yes" if read_yes_no(text, tap) else "no",
            options=lambda _facts, _slots: AGREE,
            values=_values,
        ),
    ),
    _decide,
)

LEAVE = Flow(
    "leave",
    (),
    lambda _facts, slots: (LeavePerson(uuid.UUID(slots["who"])),),
    right=Right.REPORT_MISSING,  # which everybody who is bound has
    claimed=(LeaveClaims(),),
    read_back="leave_read_back",
    summary=lambda facts, slots: {"name": name_of(facts, slots)},
)
