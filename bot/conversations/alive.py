"""Somebody was taken for dead, or their pension was stopped, and lives: whom it is about, read back, then filed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.conversations.shapes import Effect, FileReport, Flow, Question
from bot.conversations.summaries import name_of, person_of
from bot.reading.choices import Option, read_choice
from bot.reading.people import read_name, read_own_phone
from bot.replies import NO_PHONE
from casework.reports import Told
from models.account import Relation
from models.report import ReportKind

if TYPE_CHECKING:
    import uuid

    from bot.conversations.shapes import Facts, Slots

_ANOTHER = Option("another", "别的人", ("其他人", "另外的人"))


def _options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
    """Return whom it may be about: whoever is bound to nobody but themselves speaks of themselves."""
    known = [one for one in facts.people if one.is_confirmed]
    named = tuple(Option(str(one.id), one.name, (one.whole_name,)) for one in known)
    return named if [one.relation for one in known] == [Relation.SELF] else (*named, _ANOTHER)


def _read_whom(text: str, tap: str | None, facts: Facts, slots: Slots) -> str:
    return read_choice(text, tap, _options(facts, slots))


def _is_another(_facts: Facts, slots: Slots) -> bool:
    return bool(slots["whom"] == _ANOTHER.key)


def _known(facts: Facts, slots: Slots) -> Slots:
    """Return the slots by which somebody is named: a bound person's, or what was told."""
    return {"name": slots["name"]} if _is_another(facts, slots) else {"who": slots["whom"]}


def _finish(facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    retiree_id: uuid.UUID | None = None
    if not _is_another(facts, slots):
        retiree_id = person_of(facts, {"who": slots["whom"]}).id
    content: dict[str, Any] = {name: slots[name] for name in ("name", "phone") if slots.get(name)}
    return (FileReport(Told(ReportKind.STILL_ALIVE, retiree_id=retiree_id, content=content)),)


STILL_ALIVE = Flow(
    "still_alive",
    (
        Question("whom", _read_whom, options=_options, wording="alive", alone=True),
        Question(
            "name",
            lambda text, _tap, _facts, _slots: read_name(text),
            when=_is_another,
            wording="alive_name",
        ),
        Question("phone", lambda text, _tap, _facts, _slots: read_own_phone(text), wording="own_phone"),
    ),
    _finish,
    read_back="alive_read_back",
    summary=lambda facts, slots: {"name": name_of(facts, _known(facts, slots)), "phone": slots["phone"] or NO_PHONE},
)
