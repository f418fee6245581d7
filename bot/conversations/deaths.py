"""Reporting a death (Art. 16(4)) and that somebody is missing (Art. 32(2)): gently, once, and never as a decision."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from bot.conversations.shapes import Effect, FileReport, Flow, Question
from bot.conversations.summaries import day_of, name_of, person_of
from bot.reading.choices import Option, read_choice
from bot.reading.people import read_id_number, read_name, read_phone
from casework.reports import Told
from models.account import Relation
from models.report import ReportKind
from policy.reading.days import read_day
from policy.relations import Right, may

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

ANOTHER = "another"
_NOT_KNOWN = re.compile(r"不(知道|晓得|清楚|记得|会)|没有|冇得|找不到|忘")
KIN = (
    Option("direct_relative", "子女、配偶或父母", ("子女", "儿子", "女儿", "老伴", "配偶", "父母", "爱人")),
    Option("relative", "别的亲戚", ("亲戚", "侄子", "侄女", "外甥", "兄弟", "姐妹", "孙子", "孙女")),
    Option("other", "邻居或别的人", ("邻居", "朋友", "同事", "社区")),
)


def _people(right: Right) -> Any:
    def options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
        others = (one for one in facts.people if one.is_confirmed and one.relation is not Relation.SELF)
        known = [one for one in others if may(one.relation, right)]
        return (
            *(Option(str(one.id), one.name, (one.whole_name,)) for one in known),
            Option(ANOTHER, "别的人", ("其他人", "另外的人")),
        )

    return options


def _whom(right: Right, wording: str) -> tuple[Question, ...]:
    options = _people(right)

    def read(text: str, tap: str | None, facts: Facts, slots: Slots) -> str:
        return read_choice(text, tap, options(facts, slots))

    def is_another(_facts: Facts, slots: Slots) -> bool:
        return bool(slots.get("whom", ANOTHER) == ANOTHER)

    return (
        Question(
            "whom", read, options=options, when=lambda facts, slots: len(options(facts, slots)) > 1, wording=wording
        ),
        Question(
            "name", lambda text, _tap, _facts, _slots: read_name(text), when=is_another, wording=f"{wording}_name"
        ),
        Question(
            "id_number",
            lambda text, _tap, facts, _slots: _read_number_if_known(text, facts),
            when=is_another,
            wording=f"{wording}_number",
        ),
    )


def _read_number_if_known(text: str, facts: Facts) -> str:
    """Return the number, or nothing for whoever does not have it: a death is told all the same (Art. 16(4))."""
    return "" if _NOT_KNOWN.search(text) else read_id_number(text, facts.today)


def _told(kind: ReportKind, facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    whom = slots.get("whom", ANOTHER)
    if whom != ANOTHER:
        person_of(facts, {"who": whom})  # bound still
    content: dict[str, Any] = {name: slots[name] for name in ("name", "id_number", "kin", "phone") if name in slots}
    return (
        FileReport(
            Told(
                kind,
                retiree_id=None if whom == ANOTHER else uuid.UUID(whom),
                id_number=slots.get("id_number") or None,
                happened_on=day_of(slots),
                content=content,
            )
        ),
    )


def _summary(facts: Facts, slots: Slots) -> dict[str, Any]:
    whom = slots.get("whom", ANOTHER)
    known = {"who": whom} if whom != ANOTHER else {"name": slots.get("name", "")}
    return {"name": name_of(facts, known), "day": day_of(slots), "phone": slots["phone"]}


def _rest(day_wording: str) -> tuple[Question, ...]:
    return (
        Question("day", lambda text, _tap, facts, _slots: read_day(text, facts.today).isoformat(), wording=day_wording),
        Question(
            "kin",
            lambda text, tap, _facts, _slots: read_choice(text, tap, KIN),
            options=lambda _facts, _slots: KIN,
        ),
        Question("phone", lambda text, _tap, _facts, _slots: read_phone(text), wording="own_phone"),
    )


REPORT_DEATH = Flow(
    "report_death",
    (*_whom(Right.REPORT_DEATH, "dead"), *_rest("death_day")),
    lambda facts, slots: _told(ReportKind.DEATH, facts, slots),
    read_back="death_read_back",
    summary=_summary,
)

REPORT_MISSING = Flow(
    "report_missing",
    (*_whom(Right.REPORT_MISSING, "missing"), *_rest("missing_day")),
    lambda facts, slots: _told(ReportKind.MISSING, facts, slots),
    read_back="missing_read_back",
    summary=_summary,
)
