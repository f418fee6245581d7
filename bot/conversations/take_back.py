"""Taking back what one reported oneself, while staff have not gone on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversations.shapes import Effect, Flow, Question, TakeBack, Vanished
from bot.reading.choices import Option, read_choice
from bot.replies import KINDS

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots


def _options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
    return tuple(Option(number, f"{KINDS[kind]} {number}", (number,)) for number, kind in facts.standing_reports)


def _label(facts: Facts, slots: Slots) -> dict[str, str]:
    label = next((one.label for one in _options(facts, slots) if one.key == slots.get("report")), None)
    if label is None:
        raise Vanished
    return {"report": label}


def _finish(facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    _label(facts, slots)
    return (TakeBack(slots["report"]),)


TAKE_BACK = Flow(
    "take_back",
    (
        Question(
            "report",
            lambda text, tap, facts, slots: read_choice(text, tap, _options(facts, slots)),
            options=_options,
            alone=True,
        ),
    ),
    _finish,
    read_back="take_back_read_back",
    summary=_label,
)
