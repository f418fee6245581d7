"""Certification sessions, their attempts, and the frames that attempts received."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedBytes


class SessionStatus(StrEnum):
    """Where a certification session stands."""

    OPEN = "open"
    CERTIFIED = "certified"
    IN_REVIEW = "in_review"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class CertificationSession(Identified, Base):
    """One visit of one account for one retiree: up to three attempts."""

    __tablename__ = "certification_sessions"
    __table_args__ = (Index("ix_certification_sessions_owner_code_created_at", "owner_code", "created_at"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    with_helper: Mapped[bool] = mapped_column(comment="somebody else holds the phone; the face is the retiree's")
    status: Mapped[SessionStatus] = mapped_column(default=SessionStatus.OPEN)
    created_at: Mapped[datetime] = mapped_column(index=True)
    owner_code: Mapped[str | None] = mapped_column(String(12), comment="who looked after the person; for figures")
    age_group: Mapped[str | None] = mapped_column(String(8), comment="five years wide; for figures")
    sex: Mapped[str | None] = mapped_column(String(8), comment="for figures")
    phone: Mapped[str | None] = mapped_column(String(32), comment="kind of phone and version; for figures")


class AttemptStatus(StrEnum):
    """Where an attempt stands; all but `running` are final, and four of them are the outcomes people hear of."""

    RUNNING = "running"
    CERTIFIED = "certified"
    RETRY = "retry"
    REVIEW = "review"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class CaptureWay(StrEnum):
    """How the pictures arrive; to us, or to WeChat, which tells us the result alone."""

    STREAM = "stream"
    UPLOAD = "upload"
    WECHAT = "wechat"


class Attempt(Identified, Base):
    """One attempt (一次刷脸): a challenge with a nonce of its own, the frames that answered it, and the outcome."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        partial_index(
            "ix_attempts_running_expires_at",
            "expires_at",
            where=text("status = 'running'"),
        ),
    )

    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification_sessions.id"), index=True)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    number: Mapped[int] = mapped_column(comment="1 to 3 within the session")
    way: Mapped[CaptureWay]
    status: Mapped[AttemptStatus] = mapped_column(default=AttemptStatus.RUNNING)
    actions: Mapped[list[str]] = mapped_column(JSON, comment="the challenge; never told ahead of its time")
    nonce_index: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=-1)
    version: Mapped[int] = mapped_column(default=0)
    state: Mapped[bytes | None] = mapped_column(
        EncryptedBytes("attempts.state"), comment="liveness so far; emptied when the attempt ends"
    )
    last_answer: Mapped[dict[str, Any] | None] = mapped_column(JSON, comment="repeated to a repeated frame")
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON, comment="scores and signs, for the reviewer")
    advice: Mapped[str | None] = mapped_column(String(32))
    rule_set: Mapped[str] = mapped_column(String(32))


class AttemptFrame(Base):
    """A frame that was taken in. Its keyed digest is unique for ever: no camera makes the same bytes twice."""

    __tablename__ = "attempt_frames"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    content_index: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]


class FrameRefusal(Base):
    """How often an attempt was sent a frame that was not taken in, and why."""

    __tablename__ = "frame_refusals"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(32), primary_key=True)
    times: Mapped[int] = mapped_column(default=0)
