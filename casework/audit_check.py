"""Proving the audit: every row is as it was written, none is missing, none was put in, and blocks follow each other."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from casework.audit_chain import PURPOSE, block_content, members_of
from models import AuditBlock, AuditEntry
from models.audit import is_entry_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from casework.audit_anchors import Anchor
    from models.session import Transactions
    from models.vault import Vault

_ROWS = 2_000


class FaultKind(StrEnum):
    """What is wrong with the audit.

    changed, missing, inserted, copied: a row. block_changed, block_missing, anchor_broken: a block, or what an anchor
    says of one.
    """

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    COPIED = "copied"
    BLOCK_CHANGED = "block_changed"
    BLOCK_MISSING = "block_missing"
    ANCHOR_BROKEN = "anchor_broken"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: place is the sequence of a row, or the number of a block."""

    kind: FaultKind
    place: int
    entry_id: str | None = None


@dataclass
class Proof:
    """What a check of the audit found. unsealed: rows too new to be in a block, whose own signatures are right."""

    rows: int = 0
    blocks: int = 0
    unsealed: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)

    def blame(self, kind: FaultKind, place: int, entry_id: str | None = None) -> None:
        """Add a fault."""
        self.faults.append(Fault(kind, place, entry_id))


def check_audit(transactions: Transactions, anchors: Sequence[Anchor], *, vault: Vault) -> Proof:
    """Go through every block and every row, in short transactions that only read. Memory: a bit a row."""
    proof = Proof()
    sealed = bytearray()
    last: AuditBlock | None = None
    expected = {anchor.block: anchor for anchor in anchors}
    proof.anchors = len(expected)
    for block in _blocks(transactions):
        _check_chain(proof, block, last, vault)
        anchor = expected.pop(block.number, None)
        if anchor is not None and anchor.signature != block.signature.hex():
            proof.blame(FaultKind.ANCHOR_BROKEN, block.number)
        _check_members(proof, transactions, block, sealed, vault)
        proof.blocks += 1
        last = block
    # an anchor says that a block was there
    for number in sorted(expected):
        proof.blame(FaultKind.BLOCK_MISSING, number)
    _check_others(proof, transactions, sealed, last, vault)
    _check_copies(proof, transactions)
    return proof


def _blocks(transactions: Transactions) -> Iterator[AuditBlock]:
    number = 0
    while True:
        with transactions() as session:
            some = session.scalars(
                select(AuditBlock).where(AuditBlock.number > number).order_by(AuditBlock.number).limit(50)
            ).all()
        if not some:
            return
        yield from some
        number = some[-1].number


def _check_chain(proof: Proof, block: AuditBlock, last: AuditBlock | None, vault: Vault) -> None:
    after = last.number if last else 0
    for absent in range(after + 1, block.number):
        proof.blame(FaultKind.BLOCK_MISSING, absent)
    if block.number != after + 1:
        return  # what it is chained to is gone, which is told already
    content = block_content(block, last.signature if last else b"")
    if not vault.is_signed(content, PURPOSE, block.signature):
        proof.blame(FaultKind.BLOCK_CHANGED, block.number)


def _check_members(
    proof: Proof, transactions: Transactions, block: AuditBlock, sealed: bytearray, vault: Vault
) -> None:
    try:
        members = dict(members_of(block))
    except struct.error:
        proof.blame(FaultKind.BLOCK_CHANGED, block.number)
        return
    sequences = sorted(members)
    for start in range(0, len(sequences), _ROWS):
        some = sequences[start : start + _ROWS]
        with transactions() as session:
            found = session.scalars(select(AuditEntry).where(AuditEntry.sequence.in_(some))).all()
        rows = {entry.sequence: entry for entry in found}
        for sequence in some:
            _mark(sealed, sequence)
            entry = rows.get(sequence)
            if entry is None:
                proof.blame(FaultKind.MISSING, sequence)
            elif not _is_as_written(entry, members[sequence], vault):
                proof.blame(FaultKind.CHANGED, sequence, str(entry.id))
        proof.rows += len(rows)


def _is_as_written(entry: AuditEntry, member: bytes, vault: Vault) -> bool:
    own = entry.signature is None or is_entry_signed(entry, entry.signature, vault)
    return own and is_entry_signed(entry, member, vault)


def _check_others(
    proof: Proof, transactions: Transactions, sealed: bytearray, last: AuditBlock | None, vault: Vault
) -> None:
    """Look at the rows that are in no block: new, or in a gap that is still looked at, or forged."""
    after, highest, gaps = 0, last.highest if last else 0, last.gaps if last else []
    while True:
        with transactions() as session:
            sequences = session.scalars(
                select(AuditEntry.sequence)
                .where(AuditEntry.sequence > after)
                .order_by(AuditEntry.sequence)
                .limit(_ROWS)
            ).all()
            others = [sequence for sequence in sequences if not _is_marked(sealed, sequence)]
            entries = session.scalars(select(AuditEntry).where(AuditEntry.sequence.in_(others))).all()
        if not sequences:
            return
        after = sequences[-1]
        for entry in entries:
            sequence = entry.sequence
            may_wait = sequence > highest or any(first <= sequence <= end for first, end, _at in gaps)
            is_genuine = entry.signature is not None and is_entry_signed(entry, entry.signature, vault)
            if may_wait and (is_genuine or (entry.signature is None and last is None)):
                proof.unsealed += 1
            else:
                proof.blame(FaultKind.INSERTED, sequence, str(entry.id))
        proof.rows += len(entries)


def _check_copies(proof: Proof, transactions: Transactions) -> None:
    """Find rows that were put in a second time: their signatures are right."""
    with transactions() as session:
        copies = session.execute(
            select(AuditEntry.id, func.max(AuditEntry.sequence)).group_by(AuditEntry.id).having(func.count() > 1)
        ).all()
    for entry_id, sequence in copies:
        proof.blame(FaultKind.COPIED, sequence, str(entry_id))


def _mark(bits: bytearray, place: int) -> None:
    if place // 8 >= len(bits):
        bits.extend(bytes(place // 8 + 1 - len(bits) + len(bits) // 4))
    bits[place // 8] |= 1 << place % 8


def _is_marked(bits: bytearray, place: int) -> bool:
    return place // 8 < len(bits) and bool(bits[place // 8] & 1 << place % 8)
