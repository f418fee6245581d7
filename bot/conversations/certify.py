"""Certifying: where one stands, then a link for exactly this person, for this phone or for another one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bot.conversations.shapes import Effect, Flow, Question, ShowClaim, ShowStanding
from bot.conversations.summaries import person_of
from bot.reading.choices import Option, read_choice
from models.account import Relation
from policy.relations import Right

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

PHONES = (
    Option("this", "老人就在我身边", ("身边", "这个手机")),
    Option("other", "发给老人或邻居", ("发给", "不在身边", "别的手机")),
)


def _is_for_another(facts: Facts, slots: Slots) -> bool:
    return person_of(facts, slots).relation is not Relation.SELF


def _finish(_facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    return (ShowStanding(uuid.UUID(slots["who"]), on_other_phone=slots.get("phone_at_hand") == "other"),)


CERTIFY = Flow(
    "certify",
    (
        Question(
            "phone_at_hand",
            lambda text, tap, _facts, _slots: read_choice(text, tap, PHONES),
            options=lambda _facts, _slots: PHONES,
            when=_is_for_another,
        ),
    ),
    _finish,
    right=Right.CERTIFY,
    claimed=(ShowClaim(),),
)
