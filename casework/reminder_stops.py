"""Whom nobody reminds: the dead at once, from the first word of it; and taking back what waits to be sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from certification.certify import AGAIN, AGAIN_ABROAD, CERTIFIED, CERTIFIED_BEFORE, CERTIFIED_BY_DATA
from models import Call, OutboxMessage
from models.outbox import OutboxStatus

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

# Notices that ask for a certification: `words.NOTICES`.
REMINDER = "certify_reminder"
REMINDER_LATE = "certify_overdue"
REMINDER_ABROAD = "certify_abroad"
REMINDERS = (REMINDER, REMINDER_LATE, REMINDER_ABROAD)
# What asks for it because one is due, or because one was taken back.
ASKS_FOR_ONE = (*REMINDERS, AGAIN, AGAIN_ABROAD)
# What says that the pension stops or begins again, once the month's file says so.
PENSION_UNCERTIFIED = "pension_uncertified"
PENSION_SUSPENDED = "pension_suspended"
PENSION_RESUMED = "pension_resumed"
_OF_PENSION = (PENSION_UNCERTIFIED, PENSION_SUSPENDED, PENSION_RESUMED)
# And what says that one was done: mourners need no such news, nor the question in it whether the person lives.
_ABOUT_ONE = (*ASKS_FOR_ONE, "certify_invite", CERTIFIED, CERTIFIED_BEFORE, CERTIFIED_BY_DATA)


def stop_reminders(session: Session, retiree_id: uuid.UUID, *, now: datetime) -> None:
    """Take back everything that waits to be sent or called about somebody's certification."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.retiree_id == retiree_id,
            OutboxMessage.status == OutboxStatus.WAITING,
            OutboxMessage.notice.in_((*_ABOUT_ONE, *_OF_PENSION)),
        )
        .values(status=OutboxStatus.CANCELLED, ended_at=now)
    )
    session.execute(
        update(Call)
        .where(Call.retiree_id == retiree_id, Call.called_at.is_(None), Call.lapsed_at.is_(None))
        .values(lapsed_at=now)
    )
