"""Ending sessions and attempts in the middle: others take their place, or the consent they began with is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Attempt
from models.attempt import AttemptStatus, SessionStatus
from models.transitions import move

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import CertificationSession
    from models.audit import Actor


def supersede(session: Session, open_one: CertificationSession, reason: str, *, actor: Actor, now: datetime) -> None:
    """End a session that leads nowhere any more, with what runs of it."""
    supersede_running(session, open_one.id, actor=actor, now=now)
    move(session, open_one, SessionStatus.SUPERSEDED, reason=reason, actor=actor, now=now)


def supersede_running(session: Session, session_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """End the attempts of a session that still run."""
    running = session.scalars(
        select(Attempt).where(Attempt.session_id == session_id, Attempt.status == AttemptStatus.RUNNING)
    ).all()
    for attempt in running:
        also = {"ended_at": now, "state": None}
        move(session, attempt, AttemptStatus.SUPERSEDED, reason="another_attempt", actor=actor, now=now, also=also)
