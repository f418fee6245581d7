"""Receipts of certifications: what is printed, and what the public may check."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from models import Certification, MatchingImport, Retiree, Sign
from models.audit import record
from models.matching import SignKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.certification import Channel

# No 0, O, 1, I, L: the number is read out over the telephone. 12 of 31 signs are 59 bits: nobody guesses one.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 3, 4
_PAIRS = [first + second for first in _SIGNS for second in _SIGNS]
# Of 128 bits the remainder by 31^12 is as likely to be one as another but for a part in 2^68.
_DRAWN_BYTES = 16
_NUMBER = re.compile(rf"\d{{4}}[{_SIGNS}]{{{_GROUPS * _GROUP}}}")
# Nothing longer is looked at: a number copied with its spaces and dashes is far below.
_LONGEST_TYPED = 64


@dataclass(frozen=True)
class Receipt:
    """Everything a receipt shows, and no more. evidence_from, evidence_on: of a data match, whose record and of when.

    A receipt goes through many hands: it names the department, and not what kind of record it has.
    """

    number: str
    masked_name: str
    channel: Channel
    with_helper: bool
    certified_at: datetime
    valid_until: date
    next_due_by: date
    is_revoked: bool = False
    evidence_from: str | None = None
    evidence_on: date | None = None

    def counts_on(self, day: date) -> bool:
        """Say whether the certification still counts on that day."""
        return not self.is_revoked and day <= self.valid_until


def make_receipt_number(day: date) -> str:
    """Return a new number: the year and twelve random signs in groups of four."""
    return make_receipt_numbers(day, 1)[0]


def make_receipt_numbers(day: date, count: int) -> list[str]:
    """Return so many new numbers; drawn all at once, for a file of another department needs a million."""
    drawn = secrets.token_bytes(_DRAWN_BYTES * count)
    return [
        _write_number(day.year, int.from_bytes(drawn[start : start + _DRAWN_BYTES]))
        for start in range(0, len(drawn), _DRAWN_BYTES)
    ]


def _write_number(year: int, rest: int) -> str:
    pairs = []
    for _ in range(_GROUPS * _GROUP // 2):
        rest, pair = divmod(rest, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    signs = "".join(pairs)
    return f"{year}-" + "-".join(signs[start : start + _GROUP] for start in range(0, len(signs), _GROUP))


def tidy_receipt_number(typed: str) -> str | None:
    """Return the number as printed, from how somebody typed it; None when it cannot be one.

    Case, spaces, dashes of any kind or none, and full-width signs make no difference.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum())
    if not (plain.isascii() and _NUMBER.fullmatch(plain)):
        return None
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))


def show_receipt(session: Session, typed_number: str, *, actor: Actor, now: datetime) -> Receipt | None:
    """Return the receipt of that number, and write down who looked; None when there is none."""
    row = session.execute(
        select(Certification, Retiree, MatchingImport.department)
        .join(Retiree, Retiree.id == Certification.retiree_id)
        .outerjoin(Sign, evidence_of_certification())
        .outerjoin(MatchingImport, MatchingImport.id == Sign.import_id)
        .where(Certification.receipt_number == tidy_receipt_number(typed_number))
    ).one_or_none()
    if row is None:
        return None
    certification, retiree, department = row
    record(session, actor, "receipt.show", certification, now=now)
    return Receipt(
        number=certification.receipt_number,
        masked_name=mask_name(retiree.name),
        channel=certification.channel,
        with_helper=certification.with_helper,
        certified_at=certification.certified_at,
        valid_until=certification.valid_until,
        next_due_by=certification.next_due_by,
        is_revoked=certification.revoked_at is not None,
        evidence_from=department,
        evidence_on=certification.sign_on,
    )


def evidence_of_certification() -> ColumnElement[bool]:
    """Return the condition that a sign is the evidence by which a data match certified."""
    return and_(
        Sign.retiree_id == Certification.retiree_id,
        Sign.source == Certification.sign_source,
        Sign.kind == SignKind.LIFE,
        Sign.happened_on == Certification.sign_on,
    )


def mask_name(name: str) -> str:
    """Return the name with its middle hidden: the first sign and, from three signs on, the last."""
    if len(name) <= 1:
        return "*"
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]  # noqa: PLR2004 - two signs
