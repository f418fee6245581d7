"""Receipts of acts that are no certification (a report, a change, a visit, a question), and what verifies any receipt.

A receipt is a signed token: it says what is printed and nobody can invent one. So whoever counts numbers up finds
nothing. The database only says whether what was told was taken back since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import segno
from flask import Blueprint, jsonify, render_template

from api.guards import public
from api.h5.days import write_day
from certification.receipt_tokens import (
    NotGenuine,
    Statement,
    is_taken_back,
    list_keys,
    list_revoked,
    public_keys,
    read_token,
)
from refusal import Refusal
from services import services
from words.protection import ACTS, RECEIPT_LABELS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

acts = Blueprint("acts", __name__)
acts.before_request(public)


@acts.get("/h5/acts/<string:token>")
def show_act(token: str) -> str:
    """Show the receipt of an act."""
    with services().transactions() as session:
        keys = public_keys(session)
        try:
            statement = read_token(token, keys)
        except NotGenuine:
            raise Refusal("receipt_not_genuine") from None
        taken_back = is_taken_back(session, statement.number)
    address = f"{services().settings.public_base_url}/h5/acts/{token}"
    return render_template(
        "act.html",
        fields=list_fields(statement),
        taken_back=taken_back,
        qr=segno.make_qr(address, error="l").svg_data_uri(light="#fff"),
    )


@acts.get("/receipts/keys.json")
def show_keys() -> ResponseReturnValue:
    """Publish the keys by which receipts are verified without asking us."""
    with services().transactions() as session:
        listed: list[dict[str, Any]] = list(list_keys(session))
    return jsonify(keys=listed)


@acts.get("/receipts/revoked.json")
def show_revoked() -> ResponseReturnValue:
    """Publish what was revoked and would still count."""
    with services().transactions() as session:
        return jsonify(list_revoked(session, now=services().clock.now()))


def list_fields(statement: Statement) -> list[tuple[str, str]]:
    """Return the lines of an act's receipt as (label, value)."""
    fields = [
        (RECEIPT_LABELS["kind"], ACTS[statement.kind]),
        (RECEIPT_LABELS["number"], statement.number),
        (RECEIPT_LABELS["day"], write_day(statement.day)),
    ]
    if statement.last_day is not None:
        fields.append((RECEIPT_LABELS["due_by"], write_day(statement.last_day)))
    return fields
