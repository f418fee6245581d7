"""Tasks that a broker carries to workers, as the database knows them: there while one is tried, kept when given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified


class CarriedTask(Identified, Base):
    """One task (异步任务), by the broker's id of it.

    Done, its row is gone; given up, it is a dead letter until it is settled.
    tries: how often it was begun. fault: the kind of the last error, never its text. ended_at: when the last try ended
    with that fault; none while a try goes on, or when its process died.
    """

    __tablename__ = "carried_tasks"

    work: Mapped[str] = mapped_column(String(64), index=True, comment="the name of a piece of work")
    request_id: Mapped[str | None] = mapped_column(String(64), comment="of the request that asked for it, for the log")
    asked_for: Mapped[datetime] = mapped_column(comment="the moment it was to be done for")
    tries: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(64))
    given_up_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(64), comment="staff, or that the work went well again")
