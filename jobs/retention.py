"""The night run that destroys faces of whoever took their consent back, and stored files that nothing names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certification.evidence_waste import delete_waste
from certification.retention import destroy_ended_faces, destroy_withdrawn_faces
from clock import local_date
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from services import Services

SYSTEM = Actor(ActorKind.SYSTEM, "retention")


class RetentionRounds:
    """Destroys some at a time until nothing is due, and rests until the next day."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._done_on: date | None = None

    def __call__(self, now: datetime) -> int:
        """Go one step and return how much was destroyed."""
        parts = self._services
        done = 0
        if self._done_on != local_date(now):
            with parts.transactions() as session:
                done = destroy_withdrawn_faces(session, actor=SYSTEM, now=now)
            with parts.transactions() as session:
                days = parts.settings.ended_faces_days
                done += destroy_ended_faces(session, days, actor=SYSTEM, now=now)
            if not done:
                self._done_on = local_date(now)
        # also what an earlier run left behind, and what a change of keys replaced
        return done + delete_waste(parts.transactions, parts.evidence)
