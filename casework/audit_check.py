"""Proving the audit: rows are as they were written, none is missing or put in, blocks follow each other as anchored."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import DataError

from casework.audit_chain import PURPOSE, block_content, members_of
from models import AuditBlock, AuditEntry
from models.audit import is_entry_signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute

    from casework.audit_anchors import Anchor
    from models.session import Transactions
    from models.vault import Vault

Kept = TypeVar("Kept", AuditBlock, AuditEntry)
_ROWS = 2_000
# What is raised for a row in which stands what no column of ours is ever given.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, DataError)
# Sealing takes seconds, after an import of millions an hour; an anchor comes a minute later.
LATE = timedelta(days=1)


class FaultKind(StrEnum):
    """What is wrong with the audit.

    changed, missing, inserted, copied: a row. unsealed: the first of those that nobody seals. block_changed,
    block_missing, anchor_broken: a block, or what an anchor says of one. unanchored: the first block of an end that no
    anchor reaches, because their file is gone or nobody writes it.
    """

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    COPIED = "copied"
    UNSEALED = "unsealed"
    BLOCK_CHANGED = "block_changed"
    BLOCK_MISSING = "block_missing"
    ANCHOR_BROKEN = "anchor_broken"
    UNANCHORED = "unanchored"


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


def check_audit(
    transactions: Transactions, anchors: Iterable[Anchor], *, vault: Vault, now: datetime, in_service: bool = True
) -> Proof:
    """Go through every block and every row, in short transactions that only read. Memory: a bit a row.

    in_service: somebody always seals, so that a row of yesterday is in a block; a trial stands still between its runs.
    """
    proof = Proof()
    sealed = bytearray()
    last: AuditBlock | None = None
    beside = _Beside(proof, iter(anchors))
    for block in _blocks(transactions, proof):
        _check_chain(proof, block, last, vault)
        beside.check(block)
        _check_members(proof, transactions, block, sealed, vault)
        proof.blocks += 1
        last = block
    if last is not None:
        beside.check_reach(last, now)
    beside.check_rest()
    waits = _check_others(proof, transactions, sealed, last, vault)
    if in_service and waits is not None and waits.at < now - LATE:
        proof.blame(FaultKind.UNSEALED, waits.sequence, str(waits.id))
    _check_copies(proof, transactions)
    return proof


class _Beside:
    """The anchors, read along with the blocks: both rise."""

    def __init__(self, proof: Proof, anchors: Iterator[Anchor]) -> None:
        self._proof = proof
        self._anchors = anchors
        self._next = next(anchors, None)
        self._beyond: AuditBlock | None = None

    def check(self, block: AuditBlock) -> None:
        """Compare what is said of this block, and of any before it that is not there, and of none a second time."""
        reached = self._next is not None
        while self._next is not None and self._next.block <= block.number:
            if (self._next.block, self._next.signature) != (block.number, block.signature.hex()):
                self._proof.blame(FaultKind.ANCHOR_BROKEN, self._next.block)
            self._go_on()
        if not reached and self._beyond is None:
            self._beyond = block

    def check_reach(self, last: AuditBlock, now: datetime) -> None:
        """Look whether anchors follow the chain: what was sealed last may not have been written down yet."""
        if self._beyond is None:
            return
        # a service that stood still anchors again when it seals again, and blocks may come while this looks
        behind = min(last.sealed_at, now) - self._beyond.sealed_at
        if not self._proof.anchors or behind > LATE:
            self._proof.blame(FaultKind.UNANCHORED, self._beyond.number)

    def check_rest(self) -> None:
        """Name the blocks that were there when they were anchored."""
        told = 0
        while self._next is not None:
            if self._next.block != told:
                self._proof.blame(FaultKind.BLOCK_MISSING, self._next.block)
            told = self._next.block
            self._go_on()

    def _go_on(self) -> None:
        self._proof.anchors += 1
        self._next = next(self._anchors, None)


def _blocks(transactions: Transactions, proof: Proof) -> Iterator[AuditBlock]:
    """Yield every block in order; name one that cannot even be read."""
    some: Sequence[int] = ()
    while True:
        wanted = select(AuditBlock.number).order_by(AuditBlock.number).limit(50)
        with transactions() as session:
            some = session.scalars(wanted.where(AuditBlock.number > some[-1]) if some else wanted).all()
        if not some:
            return
        found = _read(transactions, AuditBlock, AuditBlock.number, some)
        for number in some:
            if number in found:
                yield found[number]
            else:
                proof.blame(FaultKind.BLOCK_CHANGED, number)


def _read(
    transactions: Transactions, table: type[Kept], key: InstrumentedAttribute[int], wanted: Sequence[int]
) -> dict[int, Kept]:
    """Return the rows of these keys; one that holds what nothing of ours writes there is left out."""
    try:
        with transactions() as session:
            return {getattr(row, key.key): row for row in session.scalars(select(table).where(key.in_(wanted)))}
    except _UNREADABLE:
        if len(wanted) == 1:
            return {}
        half = len(wanted) // 2
        parts = (_read(transactions, table, key, some) for some in (wanted[:half], wanted[half:]))
        return {number: row for part in parts for number, row in part.items()}


def _check_chain(proof: Proof, block: AuditBlock, last: AuditBlock | None, vault: Vault) -> None:
    after = last.number if last else 0
    for absent in range(after + 1, block.number):
        proof.blame(FaultKind.BLOCK_MISSING, absent)
    if block.number != after + 1:
        return  # what it is chained to is gone, which is told already
    try:
        content = block_content(block, last.signature if last else b"")
    except (struct.error, TypeError, ValueError, OverflowError):
        content = b""  # of gaps that are none
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
        rows = _read(transactions, AuditEntry, AuditEntry.sequence, some)
        with transactions() as session:
            there = set(session.scalars(select(AuditEntry.sequence).where(AuditEntry.sequence.in_(some))))
        for sequence in some:
            _mark(sealed, sequence)
            entry = rows.get(sequence)
            if sequence not in there:
                proof.blame(FaultKind.MISSING, sequence)
            elif entry is None or not _is_as_written(entry, members[sequence], block, vault):
                proof.blame(FaultKind.CHANGED, sequence, str(entry.id) if entry else None)
        proof.rows += len(there)


def _is_as_written(entry: AuditEntry, member: bytes, block: AuditBlock, vault: Vault) -> bool:
    # the first block alone took rows of before rows were signed
    own = block.number == 1 if entry.signature is None else _is_signed(entry, entry.signature, vault)
    return own and _is_signed(entry, member, vault)


def _is_signed(entry: AuditEntry, signature: bytes, vault: Vault) -> bool:
    try:
        return is_entry_signed(entry, signature, vault)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return False  # SQLite keeps whatever kind of value it is given


def _check_others(
    proof: Proof, transactions: Transactions, sealed: bytearray, last: AuditBlock | None, vault: Vault
) -> AuditEntry | None:
    """Look at the rows that are in no block: new, or in a gap that is still looked at, or forged.

    Returns the first that waits for its block.
    """
    highest, gaps = last.highest if last else 0, _gaps_of(last)
    waits: AuditEntry | None = None
    sequences: Sequence[int] = ()
    while True:
        # from the lowest there is: what we write begins at one
        wanted = select(AuditEntry.sequence).order_by(AuditEntry.sequence).limit(_ROWS)
        with transactions() as session:
            sequences = session.scalars(
                wanted.where(AuditEntry.sequence > sequences[-1]) if sequences else wanted
            ).all()
        if not sequences:
            return waits
        others = [sequence for sequence in sequences if not _is_marked(sealed, sequence)]
        entries = _read(transactions, AuditEntry, AuditEntry.sequence, others)
        for sequence in others:
            entry = entries.get(sequence)
            may_wait = sequence > highest or any(first <= sequence <= end for first, end in gaps)
            if entry is not None and may_wait and _may_be_new(entry, last, vault):
                proof.unsealed += 1
                waits = waits or entry
            else:
                proof.blame(FaultKind.INSERTED, sequence, str(entry.id) if entry else None)
        proof.rows += len(others)


def _may_be_new(entry: AuditEntry, last: AuditBlock | None, vault: Vault) -> bool:
    return last is None if entry.signature is None else _is_signed(entry, entry.signature, vault)


def _gaps_of(block: AuditBlock | None) -> list[tuple[int, int]]:
    """Return the first and last sequence of each gap; none where they are not as we write them, which is told."""
    try:
        return [(int(first), int(end)) for first, end, _at in block.gaps] if block else []
    except (TypeError, ValueError):
        return []


def _check_copies(proof: Proof, transactions: Transactions) -> None:
    """Find rows that were put in a second time: their signatures are right."""
    with transactions() as session:
        entry_id = cast(AuditEntry.id, String)
        copies = session.execute(
            select(entry_id, func.max(AuditEntry.sequence)).group_by(AuditEntry.id).having(func.count() > 1)
        ).all()
    for told, sequence in copies:
        proof.blame(FaultKind.COPIED, sequence, _as_id(told))


def _as_id(told: str) -> str:
    try:
        return str(uuid.UUID(told))
    except ValueError:
        return told


def _mark(bits: bytearray, place: int) -> None:
    if place // 8 >= len(bits):
        bits.extend(bytes(place // 8 + 1 - len(bits) + len(bits) // 4))
    bits[place // 8] |= 1 << place % 8


def _is_marked(bits: bytearray, place: int) -> bool:
    return 0 <= place // 8 < len(bits) and bool(bits[place // 8] & 1 << place % 8)
