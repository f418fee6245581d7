"""How much waits in the database: for figures, and to see whether the workers keep up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from casework.carried import count_dead_letters
from models import Attempt, InboxMessage, OutboxMessage
from models.attempt import AttemptStatus
from models.conversation import InboxStatus
from models.outbox import OutboxStatus

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def count_waiting(session: Session) -> dict[str, int]:
    """Return how much waits, by queue."""
    queues = {
        "messages_out": (OutboxMessage, OutboxMessage.status == OutboxStatus.WAITING),
        "voice_messages": (InboxMessage, InboxMessage.status == InboxStatus.DEFERRED),
        "attempts": (Attempt, Attempt.status == AttemptStatus.RUNNING),
    }
    counts = {
        name: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for name, (table, condition) in queues.items()
    }
    return counts | {"dead_letters": count_dead_letters(session)}
