"""The row that each invented change of a status leaves, as `models.transitions.move` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.audit import ActorKind

if TYPE_CHECKING:
    import uuid
    from datetime import datetime
    from enum import StrEnum


def write_move(
    subject: tuple[str, uuid.UUID], old: StrEnum, new: StrEnum, reason: str, at: datetime, by: uuid.UUID | None = None
) -> dict[str, Any]:
    """Return the columns of one change; `by` is of staff, or None for what the service does itself."""
    kind, row_id = subject
    return {
        "subject_kind": kind,
        "subject_id": str(row_id),
        "old": old.value,
        "new": new.value,
        "reason": reason,
        "actor_kind": ActorKind.STAFF if by else ActorKind.SYSTEM,
        "actor_name": str(by) if by else "rounds",
        "at": at,
    }
