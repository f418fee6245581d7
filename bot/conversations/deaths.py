"""Reporting a death (Art. 16(4)) and that somebody is missing (Art. 32(2)): gently, once, and never as a decision."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bot.conversations.shapes import Effect, FileReport, Flow, Question
from bot.conversations.summaries import day_of, name_of, person_of
from bot.reading.choices import Option, read_choice
from bot.reading.kin import DIRECT_KIN, OTHER_KIN
from bot.reading.people import read_id_number_if_known, read_name, read_own_phone
from bot.replies import NO_PHONE
from casework.reports import Told
from models.account import Relation
from models.report import ReportKind
from policy.reading.days import read_day
from policy.relations import Right, may

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

ANOTHER = "another"
KIN = (
    Option("direct_relative", "子女、配偶或父母", DIRECT_KIN),
    Option("relative", "别的亲戚", OTHER_KIN),
    Option("other", "邻居或别的人", ("邻居", "朋友", "同事", "社区")),
)


# Whoever is bound has said it before.
_KIN_OF = {
    Relation.DIRECT_RELATIVE: "direct_relative",
    Relation.RELATIVE: "relative",
    Relation.ENTRUSTED: "relative",
}


def _people(right: Right) -> Any:
    def options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
        others = (one for one in facts.people if one.is_confirmed and one.relation is not Relation.SELF)
        known = [one for one in others if may(one.relation, right)]
        return (
            *(Option(str(one.id), one.name, (one.whole_name,)) for one in known),
            Option(ANOTHER, "别的人", ("其他人", "另外的人")),
        )

    return options


def _is_another(_facts: Facts, slots: Slots) -> bool:
    return bool(slots.get("whom", ANOTHER) == ANOTHER)


def _whom(right: Right, wording: str) -> tuple[Question, ...]:
    options = _people(right)

    def read(text: str, tap: str | None, facts: Facts, slots: Slots) -> str:
        return read_choice(text, tap, options(facts, slots))

    return (
        Question(
            "whom", read, options=options, when=lambda facts, slots: len(options(facts, slots)) > 1, wording=wording
        ),
        Question(
            "name", lambda text, _tap, _facts, _slots: read_name(text), when=_is_another, wording=f"{wording}_name"
        ),
        Question(
            "id_number",
            # a death is told without the number all the same (Art. 16(4))
            lambda text, _tap, facts, _slots: read_id_number_if_known(text, facts.today),
            when=_is_another,
            wording=f"{wording}_number",
        ),
    )


def _told(kind: ReportKind, facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    whom = slots.get("whom", ANOTHER)
    content: dict[str, Any] = {name: slots[name] for name in ("name", "id_number", "kin", "phone") if slots.get(name)}
    if whom != ANOTHER:
        relation = person_of(facts, {"who": whom}).relation  # bound still
        content["kin"] = _KIN_OF.get(relation, "other")
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
    return {"name": name_of(facts, known), "day": day_of(slots), "phone": slots["phone"] or NO_PHONE}


def _rest(day_wording: str) -> tuple[Question, ...]:
    return (
        Question("day", lambda text, _tap, facts, _slots: read_day(text, facts.today).isoformat(), wording=day_wording),
        Question(
            "kin",
            lambda text, tap, _facts, _slots: read_choice(text, tap, KIN),
            options=lambda _facts, _slots: KIN,
            when=_is_another,
        ),
        Question("phone", lambda text, _tap, _facts, _slots: read_own_phone(text), wording="own_phone"),
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
