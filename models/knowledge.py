"""What staff add to the answerer's knowledge, and the questions that show what is missing."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedText


class KeptReason(StrEnum):
    """Why a question was kept."""

    UNANSWERED = "unanswered"
    NONE_OF_THEM = "none_of_them"
    NO_USE = "no_use"
    OF_USE = "of_use"


class AskedQuestion(Identified, Base):
    """A question that was not answered or was rated, without personal data as far as its form shows it."""

    __tablename__ = "asked_questions"

    text: Mapped[str] = mapped_column(EncryptedText("asked_questions.text"))
    reason: Mapped[KeptReason] = mapped_column(index=True)
    topic: Mapped[str | None] = mapped_column(String(64), comment="what was shown, or why nothing was")
    asked_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]


class ChangeStatus(StrEnum):
    """Where a change of the knowledge stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REJECTED = "rejected"
    UNDONE = "undone"


class KnowledgeChange(Identified, Base):
    """Examples or a whole topic that one member of staff proposes and another publishes."""

    __tablename__ = "knowledge_changes"

    topic: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(
        EncryptedText("knowledge_changes.content"), comment="JSON: examples, or a topic as its file would hold it"
    )
    status: Mapped[ChangeStatus] = mapped_column(default=ChangeStatus.DRAFT, index=True)
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON, comment="the regression set before and after it")
    measuring_since: Mapped[datetime | None] = mapped_column(comment="claimed by a process that trains")


class TopicSwitch(Base):
    """A topic that is not answered for the time being."""

    __tablename__ = "topic_switches"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    off_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    off_at: Mapped[datetime]


class TopicReview(Base):
    """Who read a topic against its sources and found it right, and when; for these words of it alone."""

    __tablename__ = "topic_reviews"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    wording: Mapped[str] = mapped_column(String(64), comment="the digest of what was read")
    reviewed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime]
