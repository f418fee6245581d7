"""Who looked at or changed personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


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


class AuditEntry(Identified, Base):
    """One look at or change of personal data: who, when, from where, what, why. Rows are only ever added."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entries_actor_name_at", "actor_name", "at"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[ActorKind]
    actor_name: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))


def record_each(
    session: Session, actor: Actor, action: str, subjects: Iterable[Identified], *, now: datetime, reason: str = ""
) -> None:
    """Add an audit row about each of some rows that exist already: a list shows many people at once."""
    session.add_all(_entry(actor, action, subject, now, reason) for subject in subjects)


def record(
    session: Session, actor: Actor, action: str, subject: Identified, *, now: datetime, reason: str = ""
) -> None:
    """Add an audit row about `subject`, in the transaction of the act itself. `reason` holds no personal data."""
    session.flush()  # a row made in this transaction gets its id
    session.add(_entry(actor, action, subject, now, reason))


def _entry(actor: Actor, action: str, subject: Identified, now: datetime, reason: str) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor_kind=actor.kind,
        actor_name=actor.name,
        origin=actor.origin,
        action=action,
        subject_kind=type(subject).__name__,
        subject_id=str(subject.id),
        reason=reason,
    )
