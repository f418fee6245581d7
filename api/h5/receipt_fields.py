"""What a receipt shows, line by line: the same on the page, on paper and where it is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.h5.days import write_day
from clock import LOCAL_ZONE, local_date
from words import CHANNELS, DAY_PARTS, RECEIPT

if TYPE_CHECKING:
    from datetime import datetime

    from certification.receipts import Receipt

_NOON = 12


def list_fields(receipt: Receipt) -> list[tuple[str, str]]:
    """Return every field of the receipt as (label, value), in the order in which they are read."""
    method = CHANNELS[receipt.channel]
    if receipt.with_helper:
        method = RECEIPT["with_helper"].format(method=method)
    evidence = []
    if receipt.evidence_from is not None and receipt.evidence_on is not None:
        of = RECEIPT["evidence_of"].format(department=receipt.evidence_from, day=write_day(receipt.evidence_on))
        evidence = [(RECEIPT["evidence"], of)]
    return [
        (RECEIPT["number"], receipt.number),
        (RECEIPT["name"], receipt.masked_name),
        (RECEIPT["method"], method),
        *evidence,
        (RECEIPT["certified_at"], write_moment(receipt.certified_at)),
        (RECEIPT["valid_until"], write_day(receipt.valid_until)),
        (RECEIPT["next_due_by"], write_day(receipt.next_due_by)),
    ]


def write_moment(moment: datetime) -> str:
    """Return an aware moment as people in China say it, on their clock and in halves of the day."""
    hour, minute = moment.astimezone(LOCAL_ZONE).hour, moment.astimezone(LOCAL_ZONE).minute
    part = DAY_PARTS[max(first for first in DAY_PARTS if first <= hour)]
    said = hour if hour <= _NOON else hour - _NOON
    return RECEIPT["moment"].format(day=write_day(local_date(moment)), part=part, hour=said, minute=minute)
