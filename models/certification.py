"""The yearly fact, and the reviews of attempts that the machine could not decide."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index


class Channel(StrEnum):
    """How a person was certified (Art. 27)."""

    SELF_SERVICE = "self_service"
    HOME_VISIT = "home_visit"
    COUNTER = "counter"
    DATA_MATCH = "data_match"


class Certification(Identified, Base):
    """That a retiree is certified (养老金领取资格认证): which, when, by whom, on what evidence, by which rules."""

    __tablename__ = "certifications"
    __table_args__ = (
        partial_index(
            "uq_certifications_standing_retiree_id_period",
            "retiree_id",
            "period",
            unique=True,
            where=text("revoked_at IS NULL"),
        ),
    )

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    period: Mapped[str] = mapped_column(String(16), comment="the year, or the month of a rolling clock: one each")
    channel: Mapped[Channel]
    with_helper: Mapped[bool]
    certified_at: Mapped[datetime]
    valid_until: Mapped[date]
    next_due_by: Mapped[date]
    rule_set: Mapped[str] = mapped_column(String(32))
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attempts.id"), unique=True)
    receipt_number: Mapped[str] = mapped_column(String(32), unique=True, comment="random: knowing one tells no other")
    sign_source: Mapped[str | None] = mapped_column(String(48), comment="of a data match: who had the evidence of life")
    sign_on: Mapped[date | None] = mapped_column(comment="of a data match: the day of the evidence")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="a second person found that it should not be")
    revoked_reason: Mapped[str | None] = mapped_column(String(64))


class ReviewStatus(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    CERTIFIED = "certified"
    REFUSED = "refused"
    VISIT = "visit"


class Review(Identified, Base):
    """An attempt that a person must judge (人工复核)."""

    __tablename__ = "reviews"
    __table_args__ = (
        partial_index(
            "ix_reviews_open_due_by_created_at",
            "due_by",
            "created_at",
            where=text("status = 'open'"),
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), unique=True)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    owner_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    status: Mapped[ReviewStatus] = mapped_column(default=ReviewStatus.OPEN)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_by: Mapped[date]
