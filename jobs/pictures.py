"""Pictures are destroyed on their day: the frames of attempts, and what was taken at visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certification.destruction import find_due_pictures, forget_picture
from clock import local_date
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from services import Services

BATCH = 100
SYSTEM = Actor(ActorKind.SYSTEM, "rounds")


class PictureRounds:
    """Destroys what is due, batch after batch, and looks again the next day; several processes may do so at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._done_on: date | None = None

    def __call__(self, now: datetime) -> int:
        """Destroy a batch and return how many pictures it was."""
        today = local_date(now)
        if self._done_on == today:
            return 0
        with self._services.transactions() as session:
            due = find_due_pictures(session, today, most=BATCH)
        for _image_id, key in due:
            self._services.evidence.delete(key)
        with self._services.transactions() as session:
            for image_id, _key in due:
                forget_picture(session, image_id, actor=SYSTEM, now=now)
        if not due:
            self._done_on = today
        return len(due)
