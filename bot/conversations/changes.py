"""Changes that the retiree or an entrusted relative reports (Art. 16(3)): address, phone, a move away."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bot.conversations.shapes import Effect, FileReport, Flow, Question
from bot.conversations.summaries import day_of, name_of
from bot.reading.addresses import read_address
from bot.reading.choices import Option, read_choice
from bot.reading.people import read_phone
from bot.reading.places import PLACES as NAMES
from casework.reports import Told
from models.report import ReportKind
from policy.reading.days import read_day
from policy.reading.understood import NotUnderstood
from policy.relations import Right

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Slots

PLACES = (
    Option("city", "省内别的城市", NAMES["city"]),
    Option("province", "外省", NAMES["province"]),
    Option("abroad", "国外或港澳台", NAMES["abroad"]),
)


def _told(kind: ReportKind, slots: Slots, **content: Any) -> tuple[Effect, ...]:
    return (FileReport(Told(kind, retiree_id=uuid.UUID(slots["who"]), happened_on=day_of(slots), content=content)),)


def _place_label(slots: Slots) -> str:
    return next(option.label for option in PLACES if option.key == slots["place"])


def _read_address_besides(text: str, _facts: Facts) -> Slots:
    """Return the address of whoever tells it with the place."""
    try:
        return {"new_place": read_address(text)}
    except NotUnderstood:
        return {}


def _read_moving_day(text: str, _tap: str | None, facts: Facts, _slots: Slots) -> str:
    return read_day(text, facts.today, may_be_future=True).isoformat()


CHANGE_ADDRESS = Flow(
    "change_address",
    (Question("address", lambda text, _tap, _facts, _slots: read_address(text)),),
    lambda _facts, slots: _told(ReportKind.ADDRESS_CHANGE, slots, address=slots["address"]),
    right=Right.REPORT_CHANGE,
    read_back="address_read_back",
    summary=lambda facts, slots: {"name": name_of(facts, slots), "address": slots["address"]},
)

CHANGE_PHONE = Flow(
    "change_phone",
    (Question("phone", lambda text, _tap, _facts, _slots: read_phone(text)),),
    lambda _facts, slots: _told(ReportKind.PHONE_CHANGE, slots, phone=slots["phone"]),
    right=Right.REPORT_CHANGE,
    read_back="phone_read_back",
    summary=lambda facts, slots: {"name": name_of(facts, slots), "phone": slots["phone"]},
)

MOVE_AWAY = Flow(
    "move_away",
    (
        Question(
            "place",
            lambda text, tap, _facts, _slots: read_choice(text, tap, PLACES),
            options=lambda _facts, _slots: PLACES,
            besides=_read_address_besides,
        ),
        Question("new_place", lambda text, _tap, _facts, _slots: read_address(text)),
        Question("day", _read_moving_day, wording="moving_day"),
    ),
    lambda _facts, slots: _told(ReportKind.MOVING_AWAY, slots, place=slots["place"], address=slots["new_place"]),
    right=Right.REPORT_CHANGE,
    read_back="moving_read_back",
    summary=lambda facts, slots: {
        "name": name_of(facts, slots),
        "place": _place_label(slots),
        "address": slots["new_place"],
        "day": day_of(slots),
    },
)
