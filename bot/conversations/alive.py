"""Somebody who was taken for dead, or whose pension was stopped, says that they are alive: read back, then filed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.conversations.shapes import Effect, FileReport, Flow, Question
from bot.reading.people import read_name, read_phone
from casework.reports import Told
from models.account import Relation
from models.report import ReportKind

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Person, Slots


def _own(facts: Facts) -> Person | None:
    return next((one for one in facts.people if one.relation is Relation.SELF and one.is_confirmed), None)


def _finish(facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    own = _own(facts)
    content: dict[str, Any] = {name: slots[name] for name in ("name", "phone") if name in slots}
    return (FileReport(Told(ReportKind.STILL_ALIVE, retiree_id=own.id if own else None, content=content)),)


STILL_ALIVE = Flow(
    "still_alive",
    (
        Question(
            "name",
            lambda text, _tap, _facts, _slots: read_name(text),
            when=lambda facts, _slots: _own(facts) is None,
        ),
        Question("phone", lambda text, _tap, _facts, _slots: read_phone(text), wording="own_phone"),
    ),
    _finish,
    read_back="alive_read_back",
    summary=lambda facts, slots: {"name": getattr(_own(facts), "name", slots.get("name", "")), "phone": slots["phone"]},
)
