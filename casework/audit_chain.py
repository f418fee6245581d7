"""Chaining audit rows into blocks, and finding what was changed, taken away or put in afterwards.

Rows are signed when they are written; a block lists rows by sequence and signature and is itself signed together with
the block before it. A row that is not there yet, because its transaction still runs, leaves a gap that is looked at
again for five minutes; no transaction here lasts that long, for slow work is done outside.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from models import AuditBlock, AuditEntry
from models.audit import is_entry_signed, sign_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.vault import Vault

MOST_ROWS = 2_000
PATIENCE = timedelta(minutes=5)
PURPOSE = "audit.block"
MEMBER = struct.Struct(">q36s")
# so many gaps are asked for in one question; the others wait for the next block
_GAPS_ASKED = 100


@dataclass(frozen=True)
class Sealed:
    """What one sealing did. left_out: rows that nobody with the key wrote; no block takes them."""

    rows: int
    left_out: int


def seal_entries(session: Session, *, vault: Vault, now: datetime) -> Sealed:
    """Chain up to 2,000 rows that are in no block yet. Of two that seal at once one does."""
    last = session.scalar(select(AuditBlock).order_by(AuditBlock.number.desc()).limit(1))
    highest, gaps = (0, []) if last is None else (last.highest, last.gaps)
    found = session.scalars(
        select(AuditEntry).where(_unsealed(highest, gaps)).order_by(AuditEntry.sequence).limit(MOST_ROWS)
    ).all()
    # the first block also takes what was there before rows were signed
    good = [entry for entry in found if _is_genuine(entry, vault, unsigned_counts=last is None)]
    still_open = _gaps_after(highest, gaps, [entry.sequence for entry in found], now)
    if not found and len(still_open) == len(gaps):
        return Sealed(0, 0)
    block = AuditBlock(
        number=1 if last is None else last.number + 1,
        sealed_at=now,
        members=b"".join(MEMBER.pack(entry.sequence, sign_entry(entry, vault)) for entry in good),
        highest=max([highest, *(entry.sequence for entry in found)]),
        gaps=still_open,
    )
    block.signature = vault.sign(block_content(block, last.signature if last else b""), PURPOSE)
    try:
        with session.begin_nested():
            session.add(block)
    except IntegrityError:
        return Sealed(0, 0)
    return Sealed(len(good), len(found) - len(good))


def block_content(block: AuditBlock, previous: bytes) -> bytes:
    """Return what a block's signature is of."""
    at = int(block.sealed_at.timestamp() * 1_000_000)
    head = struct.pack(">qqqq", block.number, at, block.highest, len(block.gaps))
    gaps = b"".join(struct.pack(">qqq", *gap) for gap in block.gaps)
    return head + gaps + previous + block.members


def members_of(block: AuditBlock) -> Iterator[tuple[int, bytes]]:
    """Yield the sequence and signature of each row of a block; raise struct.error for one that was cut."""
    yield from MEMBER.iter_unpack(block.members)


def _unsealed(highest: int, gaps: Sequence[list[int]]) -> ColumnElement[bool]:
    late = (and_(AuditEntry.sequence >= first, AuditEntry.sequence <= last) for first, last, _at in gaps[:_GAPS_ASKED])
    return or_(AuditEntry.sequence > highest, *late)


def _is_genuine(entry: AuditEntry, vault: Vault, *, unsigned_counts: bool) -> bool:
    if entry.signature is None:
        return unsigned_counts
    return is_entry_signed(entry, entry.signature, vault)


def _gaps_after(highest: int, gaps: Sequence[list[int]], found: list[int], now: datetime) -> list[list[int]]:
    """Return the sequences that are still to come: what was left of earlier gaps, and what lies between new rows."""
    noticed, give_up = int(now.timestamp()), int((now - PATIENCE).timestamp())
    late = [sequence for sequence in found if sequence <= highest]
    left = [
        [low, high, at]
        for first, last, at in gaps
        if at > give_up
        for low, high in _between([first - 1, *(one for one in late if first <= one <= last), last + 1])
    ]
    fresh = [sequence for sequence in found if sequence > highest]
    return left + [[low, high, noticed] for low, high in _between([highest, *fresh])]


def _between(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of whole numbers that lie between neighbours."""
    yield from ((one + 1, next_one - 1) for one, next_one in pairwise(places) if next_one - one > 1)
