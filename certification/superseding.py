"""Ending sessions and attempts in the middle: others take their place, or the consent they began with is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Attempt
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.transitions import move

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import CertificationSession
    from models.audit import Actor


def was_used(attempt: type[Attempt]) -> ColumnElement[bool]:
    """Return the condition that an attempt counts as a try.

    One that another replaced does not while it told and saw nothing; an upload tells its actions at once. So nobody
    begins again and again until a challenge comes that suits a recording.
    """
    return or_(attempt.status != AttemptStatus.SUPERSEDED, attempt.way == CaptureWay.UPLOAD, attempt.last_seq >= 0)


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
