"""What a phone sends of a visit, read: every field checked, and which one is at fault named."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from casework.visits import LAST_DIGITS, VisitForm
from models.visit import JudgementReason, Signer, VisitOutcome
from refusal import Refusal

if TYPE_CHECKING:
    from enum import StrEnum

    from models.vault import Vault

    Choice = TypeVar("Choice", bound=StrEnum)

_CONTENT = "visits.content"
# half of a sign, which JSON can say and no text can hold
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_NOTES, _MOST_CHOICE, _MOST_MOMENT, _MOST_DAY, _MOST_ID = 1000, 32, 40, 10, 36
# of a form there are two; in notes somebody may type as many as there are signs
_MOST_BRACKETS = 2 * _MOST_NOTES
_LATITUDES, _LONGITUDES, _FARTHEST = 90, 180, 10_000_000


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that was sent; raise Refusal `malformed`."""
    # 16 MiB of nothing but empty lists would hold the whole process for seconds
    if raw.count(b"[") + raw.count(b"{") > _MOST_BRACKETS:
        raise Refusal("malformed")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal("malformed") from None
    if not isinstance(told, dict):
        raise Refusal("malformed")
    return told


def read_form(told: dict[str, Any], vault: Vault) -> VisitForm:
    """Return a visit as it was filled in; raise Refusal `malformed` with the field at fault."""
    outcome = _choice(told, "outcome", VisitOutcome)
    if outcome is None:
        _refuse("outcome")
    return VisitForm(
        visit_id=read_id(told, "id"),
        ticket_id=read_id(told, "ticket"),
        outcome=outcome,
        began_at=_moment(told, "began_at"),
        ended_at=_moment(told, "ended_at"),
        content_indexes=vault.blind_indexes_ever(json.dumps(told, sort_keys=True), _CONTENT),
        position=_position(told),
        id_digits=_text(told, "id_digits", LAST_DIGITS) or None,
        judgement=_choice(told, "judgement", JudgementReason),
        signer=_choice(told, "signer", Signer),
        notes=_text(told, "notes", _MOST_NOTES),
        next_visit_on=_day(told, "next_visit_on"),
    )


def read_id(told: dict[str, Any], field: str) -> uuid.UUID:
    """Return an id."""
    try:
        return uuid.UUID(_text(told, field, _MOST_ID))
    except ValueError:
        _refuse(field)


def read_bytes(told: dict[str, Any], field: str) -> bytes:
    """Return a picture or a drawing that was sent in base64."""
    value = told.get(field)
    if not isinstance(value, str) or not value:
        _refuse(field)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        _refuse(field)


def is_video(told: dict[str, Any]) -> bool:
    """Say whether the picture is a video."""
    return told.get("is_video") is True


def _refuse(field: str) -> NoReturn:
    raise Refusal("malformed", field=field)


def _text(told: dict[str, Any], field: str, most: int) -> str:
    value = told.get(field) or ""
    if not isinstance(value, str) or len(value) > most or _SURROGATE.search(value):
        _refuse(field)
    return value


def _choice(told: dict[str, Any], field: str, kind: type[Choice]) -> Choice | None:
    value = _text(told, field, _MOST_CHOICE)
    try:
        return kind(value) if value else None
    except ValueError:
        _refuse(field)


def _moment(told: dict[str, Any], field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(told, field, _MOST_MOMENT))
        if moment.tzinfo is None:
            _refuse(field)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # on the first or the last day that there is
        _refuse(field)


def _day(told: dict[str, Any], field: str) -> date | None:
    text = _text(told, field, _MOST_DAY)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        _refuse(field)


def _position(told: dict[str, Any]) -> str | None:
    """Return `latitude,longitude,accuracy`, if the phone knew where it was."""
    found = told.get("position")
    if found is None:
        return None
    try:
        latitude, longitude, accuracy = (float(found[name]) for name in ("latitude", "longitude", "accuracy"))
    except (TypeError, KeyError, ValueError, OverflowError):
        _refuse("position")
    if not (abs(latitude) <= _LATITUDES and abs(longitude) <= _LONGITUDES and 0 <= accuracy < _FARTHEST):
        _refuse("position")
    return f"{latitude:.6f},{longitude:.6f},{accuracy:.0f}"
