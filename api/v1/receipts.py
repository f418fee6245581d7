"""Receipts, for whoever holds the number."""

from __future__ import annotations

from typing import Any

from api.guards import current_actor, public
from api.v1.blueprints import Blueprint
from api.v1.schemas import ReceiptAnswer
from certification.receipts import show_receipt
from clock import local_date
from refusal import Refusal
from services import services

receipts = Blueprint("receipts", __name__, description="Receipts")
receipts.before_request(public)


@receipts.get("/receipts/<string:number>")
@receipts.doc(security=[])
@receipts.response(200, ReceiptAnswer)
def get_receipt(number: str) -> dict[str, Any]:
    """Show what is printed on the receipt of that number, and whether it still counts today."""
    now = services().clock.now()
    with services().transactions() as session:
        receipt = show_receipt(session, number, actor=current_actor(), now=now)
    if receipt is None:
        raise Refusal("unknown_receipt")
    return {
        "number": receipt.number,
        "masked_name": receipt.masked_name,
        "method": receipt.channel,
        "evidence_from": receipt.evidence_from,
        "evidence_on": receipt.evidence_on,
        "certified_at": receipt.certified_at,
        "valid_until": receipt.valid_until,
        "next_due_by": receipt.next_due_by,
        "valid": receipt.counts_on(local_date(now)),
    }
