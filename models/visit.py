"""Visits: what a member of staff found at the door or at the window, and the second look at some of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.ticket import Place
from models.types import EncryptedText


class VisitOutcome(StrEnum):
    """What a visit found."""

    CERTIFIED = "certified"
    ABSENT = "absent"
    REFUSED = "refused"
    DECEASED = "deceased"
    MOVED = "moved"


class JudgementReason(StrEnum):
    """By what staff know a person whose face the machine does not."""

    KNOWN_PERSONALLY = "known_personally"
    DOCUMENTS = "documents"
    FACE_CHANGED = "face_changed"
    NO_REFERENCE = "no_reference"


class Signer(StrEnum):
    """Who signed on the screen."""

    RETIREE = "retiree"
    HELPER = "helper"


class Visit(Identified, Base):
    """One visit (上门) or one help at the window. Its id is made on the phone, so that sending it twice writes it once.

    began_at, ended_at: by the phone's clock. position: where the phone was. verdict, distance: what the machine said of
    the face. judgement: why staff certified all the same. needs_judgement: the machine did not match a picture that was
    taken without a network; nobody is certified until staff judge or go again.
    """

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_staff_id_received_at", "staff_id", "received_at"),)

    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    content_index: Mapped[str] = mapped_column(String(64), comment="keyed digest of what was sent")
    place: Mapped[Place]
    outcome: Mapped[VisitOutcome]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    received_at: Mapped[datetime]
    position: Mapped[str | None] = mapped_column(
        EncryptedText("visits.position"), comment="latitude,longitude,accuracy: degrees of WGS 84, metres"
    )
    id_digits_match: Mapped[bool | None] = mapped_column(comment="the identity card's last digits; none: no card seen")
    engine_id: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str | None] = mapped_column(String(32))
    distance: Mapped[float | None]
    judgement: Mapped[JudgementReason | None]
    needs_judgement: Mapped[bool] = mapped_column(default=False)
    signer: Mapped[Signer | None]
    notes: Mapped[str | None] = mapped_column(EncryptedText("visits.notes"))
    next_visit_on: Mapped[date | None]
    certification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certifications.id"))


class CheckStatus(StrEnum):
    """Where a check of a visit stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    OBJECTED = "objected"


class CheckReason(StrEnum):
    """Why a visit is looked at by a second person."""

    OWN_JUDGEMENT = "own_judgement"
    DRAWN = "drawn"


class VisitCheck(Identified, Base):
    """A second person's look at a visit (抽查). An objection revokes the certification and sends somebody else."""

    __tablename__ = "visit_checks"
    __table_args__ = (
        Index("ix_visit_checks_owner_code_status", "owner_code", "status"),
        partial_index(
            "ix_visit_checks_open_created_at",
            "created_at",
            where=text("status = 'open'"),
        ),
    )

    visit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visits.id"), unique=True)
    reason: Mapped[CheckReason]
    owner_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    status: Mapped[CheckStatus] = mapped_column(default=CheckStatus.OPEN)
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
