"""Asking for a person: at home or at the window (Art. 7(3)2 and 3), on the telephone, or to be heard."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bot.conversations.shapes import AskForHelp, Effect, Flow, HandOver, Question
from bot.conversations.summaries import name_of
from bot.reading.choices import Option, read_choice
from bot.replies import VISIT_HELP, WINDOW_HELP
from models.ticket import VisitReason
from policy.reading.understood import NotUnderstood
from policy.relations import Right

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

NONE_OF_THEM = "none"
REASONS = (
    Option(VisitReason.BEDRIDDEN, "病重卧床", ("卧床", "起不来", "床上", "下不了床", "瘫", "病重", "中风", "不能动")),
    Option(
        VisitReason.HARD_OF_MOVING,
        "行动不便",
        ("走不", "不能走", "不好走", "腿", "脚", "轮椅", "拐杖", "下不了楼", "下不得楼", "骨折"),
    ),
    Option(VisitReason.CARE_HOME, "住养老院", ("养老院", "敬老院", "福利院")),
    Option(VisitReason.PSYCHIATRIC_HOSPITAL, "住精神康复医院", ("精神病院", "康复医院")),
    Option(
        VisitReason.OTHER_BODILY,
        "别的身体原因",
        ("看不见", "看不清", "眼睛", "听不见", "耳朵", "糊涂", "痴呆", "住院", "生病", "身体不", "身体原因"),
    ),
    Option(NONE_OF_THEM, "都不是", ("都没有",)),
)
_LONGEST = 500


def _label(slots: Slots) -> str:
    return next(option.label for option in REASONS if option.key == slots["visit_reason"])


def _kind_of_help(slots: Slots) -> str:
    return WINDOW_HELP if slots["visit_reason"] == NONE_OF_THEM else VISIT_HELP.format(reason=_label(slots))


def _ask(_facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    reason = slots["visit_reason"]
    return (AskForHelp(uuid.UUID(slots["who"]), None if reason == NONE_OF_THEM else VisitReason(reason)),)


def read_words(text: str, _tap: str | None, _facts: Facts, _slots: Slots) -> str:
    """Return what somebody says in their own words, if there is anything."""
    words = text.strip()
    if not words or len(words) > _LONGEST:
        raise NotUnderstood("words" if not words else "too_long")
    return words


HOME_VISIT = Flow(
    "home_visit",
    (
        Question(
            "visit_reason",
            lambda text, tap, _facts, _slots: read_choice(text, tap, REASONS, of_several=True),
            options=lambda _facts, _slots: REASONS,
        ),
    ),
    _ask,
    right=Right.REQUEST_HELP,
    read_back="visit_read_back",
    summary=lambda facts, slots: {"name": name_of(facts, slots), "help": _kind_of_help(slots)},
)

HUMAN = Flow(
    "human",
    (Question("own_words", read_words),),
    lambda _facts, slots: (HandOver(slots["own_words"], is_asked_for=True),),
)
