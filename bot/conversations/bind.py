"""Binding oneself or a relative: consent, whose record, name and number, consent to the face apart from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.conversations.shapes import Effect, EnterCode, Flow, GivePersonalConsent, Question, TakeClaim
from bot.conversations.summaries import mask_number
from bot.reading.choices import Option, read_choice, read_yes_no
from bot.reading.codes import read_code
from bot.reading.kin import DIRECT_KIN, OTHER_KIN
from bot.reading.people import part_from_number, read_id_number, read_name
from bot.replies import WHOSE_ELDERS, WHOSE_OWN
from casework.bindings import Claim
from models.account import Relation
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

_NO_KIN = re.compile("邻居|隔壁|朋友|同事|保姆|社区的")
AGREE = (Option("yes", "同意"), Option("no", "不同意"))
WHOSE = (
    Option(Relation.SELF, "我自己", ("本人", "自己", "给我自己")),
    Option(
        Relation.DIRECT_RELATIVE,
        "父母、配偶或子女",
        DIRECT_KIN,
    ),
    Option(Relation.RELATIVE, "别的亲戚", OTHER_KIN),
    Option(Relation.ENTRUSTED, "受老人委托的亲属", ("委托",)),
    Option(Relation.INTERESTED_PARTY, "利害关系人", ("利害关系",)),
)


def _read_agreed(text: str, tap: str | None, _facts: Facts, _slots: Slots) -> str:
    if not read_yes_no(text, tap):
        raise NotUnderstood("consent_needed")
    return "yes"


def _read_with_face(text: str, tap: str | None, _facts: Facts, _slots: Slots) -> str:
    return "yes" if read_yes_no(text, tap) else "no"


def _read_whose(text: str, tap: str | None, _facts: Facts, _slots: Slots) -> str:
    if tap is None and _NO_KIN.search(text):
        raise NotUnderstood("not_kin")
    return read_choice(text, tap, WHOSE)


def _is_for_another(_facts: Facts, slots: Slots) -> bool:
    return bool(slots["whose"] != Relation.SELF)


def _whose(facts: Facts, slots: Slots) -> dict[str, str]:
    return {"whose": WHOSE_ELDERS if _is_for_another(facts, slots) else WHOSE_OWN}


def _read_number_besides(text: str, facts: Facts) -> Slots:
    """Return the identity number of whoever tells name and number at once."""
    if part_from_number(text) == text:
        return {}
    try:
        return {"id_number": read_id_number(text, facts.today)}
    except NotUnderstood:
        return {}  # it is asked for, and then said what is wrong with it


def _finish(_facts: Facts, slots: Slots) -> tuple[Effect, ...]:
    claim = Claim(Relation(slots["whose"]), slots["name"], slots["id_number"], slots.get("person_name"))
    return GivePersonalConsent(), TakeClaim(claim, with_face=slots["with_face"] == "yes")


BIND = Flow(
    "bind",
    (
        Question(
            "personal_consent",
            _read_agreed,
            options=lambda _facts, _slots: AGREE,
            when=lambda facts, _slots: not facts.has_personal_consent,
        ),
        Question("whose", _read_whose, options=lambda _facts, _slots: WHOSE),
        Question("person_name", lambda text, _tap, _facts, _slots: read_name(text), when=_is_for_another),
        Question(
            "name",
            lambda text, _tap, _facts, _slots: read_name(part_from_number(text)),
            values=_whose,
            besides=_read_number_besides,
        ),
        Question("id_number", lambda text, _tap, facts, _slots: read_id_number(text, facts.today), values=_whose),
        Question("with_face", _read_with_face, options=lambda _facts, _slots: AGREE, values=_whose),
    ),
    _finish,
    read_back="bind_read_back",
    summary=lambda _facts, slots: {"name": slots["name"], "number": mask_number(slots["id_number"])},
)

ENTER_CODE = Flow(
    "enter_code",
    (Question("code", lambda text, _tap, _facts, _slots: read_code(text)),),
    lambda _facts, slots: (EnterCode(slots["code"]),),
)
