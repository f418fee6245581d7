"""Trying to reach people before their certification is due: the community's calls, and the night runs that ask."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    RELATIVE_REACHED = "relative_reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


class Call(Identified, Base):
    """One entry of a community's call list: whom to call about which due day, and what came of it.

    lapsed_at: certified, dead or abroad meanwhile, nobody needs to call; none again once that turned out not to be so.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("retiree_id", "due_by"),
        partial_index(
            "ix_calls_waiting_owner_code",
            "owner_code",
            where=text("called_at IS NULL AND lapsed_at IS NULL"),
        ),
    )

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"))
    owner_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    due_by: Mapped[date] = mapped_column(comment="of the certification")
    listed_at: Mapped[datetime]
    outcome: Mapped[CallOutcome | None]
    called_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    called_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]


class NightRun(Base):
    """One night run (`flask benefits sweep`): by which day things fell due, who does it now, what was done."""

    __tablename__ = "night_runs"

    as_of: Mapped[date] = mapped_column(primary_key=True)
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    counts: Mapped[str] = mapped_column(String(2000), default="{}", comment="JSON: by step")
