"""Who looked at or changed personal data: rows that are only ever added, and the blocks that chain them.

Each row is signed where it is written, which costs a digest. A sealing job chains rows into blocks afterwards, so that
nobody who acts waits for anybody else's row (`casework.audit_chain`).
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Identity, Index, Integer, LargeBinary, String, bindparam, func, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import installed_vault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.vault import Vault

_PURPOSE = "audit.entry"
_ID_BYTES = 16


class ActorKind(StrEnum):
    """What kind of actor did it."""

    ACCOUNT = "account"
    PUBLIC = "public"
    STAFF = "staff"
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts: an account's or a member of staff's id, an operator's login name on this machine, or the system itself.

    origin: from where.
    """

    kind: ActorKind
    name: str
    origin: str = ""


class AuditEntry(Base):
    """One look at or change of personal data: who, when, from where, what, why. Rows are only ever added.

    sequence: in the order in which rows were begun; a transaction that was rolled back leaves a gap. signature: none
    only in rows that were there before rows were signed.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entries_actor_name_at", "actor_name", "at"),
    )

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True, autoincrement=True
    )
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[ActorKind]
    actor_name: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    shown: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="of a list: the ids of the people whom it showed, 16 bytes each"
    )
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(36))

    @property
    def shown_ids(self) -> list[uuid.UUID]:
        """The people whom a list showed, in its order."""
        shown = self.shown or b""
        return [uuid.UUID(bytes=shown[at : at + _ID_BYTES]) for at in range(0, len(shown), _ID_BYTES)]


class AuditBlock(Base):
    """Some rows, chained to the block before.

    members: 44 bytes a row, its sequence (8, big-endian) and the signature of its content (36). highest: no row up to
    it is sealed later, but for those in `gaps`, which were not to be seen yet: [first, last, when that was noticed].
    signature: of all of this and of the block before.
    """

    __tablename__ = "audit_blocks"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    members: Mapped[bytes] = mapped_column(LargeBinary)
    highest: Mapped[int] = mapped_column(BigInteger)
    gaps: Mapped[list[list[int]]] = mapped_column(JSON)
    signature: Mapped[bytes] = mapped_column(LargeBinary(36))


def record_each(
    session: Session, actor: Actor, action: str, subjects: Iterable[Identified], *, now: datetime, reason: str = ""
) -> None:
    """Add an audit row about each of some rows that exist already: a list shows many people at once."""
    rows = [audit_row(action, type(one).__name__, str(one.id), actor, now, reason) for one in subjects]
    if rows:
        # not as objects: nobody needs the numbers that the database gives them, and the driver sends all at once
        session.execute(insert(Base.metadata.tables[AuditEntry.__tablename__]), rows)


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: Identified,
    *,
    now: datetime,
    reason: str = "",
    shown: Iterable[uuid.UUID] | None = None,
) -> None:
    """Add an audit row about `subject`, in the transaction of the act itself. `reason` holds no personal data.

    shown: the ids of the people whom a list showed.
    """
    session.flush()  # a row made in this transaction gets its id
    people = None if shown is None else b"".join(one.bytes for one in shown)
    session.add(AuditEntry(**audit_row(action, type(subject).__name__, str(subject.id), actor, now, reason, people)))


def shows(session: Session, person_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that a row is of a list which showed this person; rows are read for it one by one."""
    ids = bindparam(None, person_id.bytes, LargeBinary())
    if session.get_bind().dialect.name == "postgresql":
        return func.position(ids.op("IN")(AuditEntry.shown)) > 0
    return func.instr(AuditEntry.shown, ids) > 0


def audit_row(
    action: str,
    subject_kind: str,
    subject_id: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    shown: bytes | None = None,
) -> dict[str, Any]:
    """Return the columns of a signed row, for whoever adds very many at once."""
    row: dict[str, Any] = {
        "id": uuid.uuid4(),
        "at": now,
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "origin": actor.origin,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "reason": reason,
        "shown": shown,
    }
    return row | {"signature": installed_vault().sign(_content(row), _PURPOSE)}


def sign_rows(
    action: str, subject_kind: str, subjects: Sequence[tuple[str, str]], actor: Actor, now: datetime, reason: str = ""
) -> list[bytes]:
    """Return the signatures of rows that differ in two ids alone, as `str` has them: the row's and the subject's.

    For whoever adds a million; `audit_row` says the same of one.
    """
    around = {"actor_kind": actor.kind, "actor_name": actor.name, "origin": actor.origin, "action": action}
    row = {"id": "\0", "at": now, **around, "subject_kind": subject_kind, "subject_id": "\0", "reason": reason}
    row["shown"] = None
    # what stands before, between and after the two ids
    before, between, after = _content(row).split(json.dumps("\0").encode())
    sign = installed_vault().sign
    return [
        sign(b'%b"%b"%b"%b"%b' % (before, entry_id.encode(), between, subject_id.encode(), after), _PURPOSE)
        for entry_id, subject_id in subjects
    ]


def sign_entry(entry: AuditEntry, vault: Vault) -> bytes:
    """Return the signature of what a row says now."""
    return vault.sign(_content(_columns(entry)), _PURPOSE)


def is_entry_signed(entry: AuditEntry, signature: bytes, vault: Vault) -> bool:
    """Say whether this is the signature of what the row says now."""
    return vault.is_signed(_content(_columns(entry)), _PURPOSE, signature)


def _columns(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _SIGNED}


_TEXTS = ("actor_kind", "actor_name", "origin", "action", "subject_kind", "subject_id", "reason")
_SIGNED = ("id", "at", *_TEXTS, "shown")


def _content(row: dict[str, Any]) -> bytes:
    """Return what is signed: everything but the sequence, which the database gives and the block binds.

    Only lists say whom they showed: what other rows sign is what it was before there were such rows.
    """
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    plain = [str(row["id"]), at, *(str(row[name]) for name in _TEXTS)]
    if row["shown"] is not None:
        plain.append(row["shown"].hex())
    return json.dumps(plain, separators=(",", ":")).encode()
