"""Reporting a wrongful claim (Art. 31(2)): with a telephone, or without anything that leads to oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversations.help import read_words
from bot.conversations.shapes import Effect, FileReport, Flow, FollowReport, Question, Say, Turn
from bot.reading.choices import Option, read_choice
from bot.reading.people import read_phone
from casework.reports import Told
from models.report import ReportKind
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

ANONYMOUS = (
    Option("yes", "匿名", ("不留", "不想留", "不记名", "不写名", "报复", "怕")),
    Option("no", "留电话", ("实名", "留联系方式")),
)
_LONGEST_NUMBER = 32


def _finish(_facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    content = {"words": slots["what_happened"]} | ({"phone": slots["phone"]} if "phone" in slots else {})
    return (FileReport(Told(ReportKind.FRAUD, is_anonymous=slots["anonymous"] == "yes", content=content)),)


def _hand_over(slots: Slots, text: str, is_asked_for: bool) -> Turn | None:  # noqa: FBT001 - as the engine calls it
    """Return what follows for whoever did not choose to leave a name: no ticket that would carry their account.

    What they wrote is filed as it stands; where they wrote nothing yet, they are told where to talk to somebody.
    """
    if slots.get("anonymous") == "no":
        return None
    if is_asked_for and "what_happened" not in slots:
        return Turn(None, (Say("anonymous_by_phone"),))
    content = {"words": slots.get("what_happened", text)}
    told = Told(ReportKind.FRAUD, is_anonymous=True, content=content)
    return Turn(None, (Say("filed_as_it_stands"),), (FileReport(told),))


def _read_number(text: str, _tap: str | None, _facts: Facts, _slots: Slots) -> str:
    number = "".join(text.split()).upper()
    if not number or len(number) > _LONGEST_NUMBER:
        raise NotUnderstood("number")
    return number


REPORT_FRAUD = Flow(
    "report_fraud",
    (
        Question(
            "anonymous",
            lambda text, tap, _facts, _slots: read_choice(text, tap, ANONYMOUS),
            options=lambda _facts, _slots: ANONYMOUS,
        ),
        Question("what_happened", read_words),
        Question(
            "phone",
            lambda text, _tap, _facts, _slots: read_phone(text),
            when=lambda _facts, slots: slots["anonymous"] == "no",
            wording="own_phone",
        ),
    ),
    _finish,
    read_back="fraud_read_back",
    summary=lambda _facts, slots: {"words": slots["what_happened"]},
    hand_over=_hand_over,
)

FOLLOW_REPORT = Flow(
    "follow_report",
    (Question("report_number", _read_number),),
    lambda _facts, slots: (FollowReport(slots["report_number"]),),
)
