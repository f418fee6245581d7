"""What somebody must do for a person: tickets, what staff wrote on them, and who was told of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedText


class TicketKind(StrEnum):
    """What a ticket is for. `welfare_call` is 走访慰问 (Art. 25), not a home visit."""

    ASSISTED_CERTIFICATION = "assisted_certification"
    MANUAL_REVIEW = "manual_review"
    DATA_DISCREPANCY = "data_discrepancy"
    DEATH_VERIFICATION = "death_verification"
    INFORMATION_COLLECTION = "information_collection"
    WELFARE_CALL = "welfare_call"
    HANDED_OVER = "handed_over"
    COMPLAINT = "complaint"


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ESCALATED = "escalated"
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = (TicketStatus.DONE, TicketStatus.CANCELLED)
_STANDING = text("status NOT IN ('done', 'cancelled')")


class Place(StrEnum):
    """Where the help is given."""

    WINDOW = "window"
    HOME = "home"


class VisitReason(StrEnum):
    """The five reasons for a home visit of Art. 7(3)3; a visit carries exactly one."""

    BEDRIDDEN = "bedridden"
    HARD_OF_MOVING = "hard_of_moving"
    CARE_HOME = "care_home"
    PSYCHIATRIC_HOSPITAL = "psychiatric_hospital"
    OTHER_BODILY = "other_bodily"


class TicketOrigin(StrEnum):
    """What opened a ticket."""

    REQUESTED = "requested"
    FAILED_ATTEMPTS = "failed_attempts"
    NO_REFERENCE = "no_reference"
    NOT_UNDERSTOOD = "not_understood"
    STAFF = "staff"
    DEADLINE_NEAR = "deadline_near"
    DOUBTFUL_FACE = "doubtful_face"
    LIVING_MARK = "living_mark"
    REPORT = "report"
    VISIT = "visit"
    CHECK = "check"
    DATA_MATCH = "data_match"
    NOT_REACHED = "not_reached"
    DEATH = "death"


class Ticket(Identified, Base):
    """A task with an owner and a due date. One that stands a person and kind.

    A question of somebody whose retiree is not known has an account and no retiree. version: counts every change, so
    that of two people who saw the same ticket one acts and the other is told. escalated_to: who must act now, when the
    owner did not in time.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        partial_index(
            "uq_tickets_standing_retiree_id_kind",
            "retiree_id",
            "kind",
            unique=True,
            where=_STANDING,
        ),
        partial_index(
            "ix_tickets_standing_owner_code_due_by",
            "owner_code",
            "due_by",
            where=_STANDING,
        ),
        partial_index("ix_tickets_standing_due_by_id", "due_by", "id", where=_STANDING),
        partial_index(
            "ix_tickets_standing_assignee_id_kind_is_urgent_due_by_id",
            "assignee_id",
            "kind",
            "is_urgent",
            "due_by",
            "id",
            where=_STANDING,
        ),
        # a night opens half a million that nobody asked for, took or closed: they do not stand in these
        partial_index(
            "ix_tickets_closed_owner_code_closed_at",
            "owner_code",
            "closed_at",
            where=text("closed_at IS NOT NULL"),
        ),
        partial_index(
            "ix_tickets_taken_assignee_id_status",
            "assignee_id",
            "status",
            where=text("assignee_id IS NOT NULL"),
        ),
        partial_index(
            "ix_tickets_asked_account_id",
            "account_id",
            where=text("account_id IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[TicketKind]
    place: Mapped[Place | None]
    visit_reason: Mapped[VisitReason | None]
    origin: Mapped[TicketOrigin]
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("retirees.id"), index=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"), comment="who asked")
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"))
    note: Mapped[str | None] = mapped_column(EncryptedText("tickets.note"), comment="in the person's own words")
    owner_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    escalated_to: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False, comment="served first: how the person lives (Art. 25(1))")
    status: Mapped[TicketStatus] = mapped_column(default=TicketStatus.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    due_by: Mapped[date]
    scheduled_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def is_standing(self) -> bool:
        """Whether something is still to be done."""
        return self.status not in ENDED


class TicketNote(Identified, Base):
    """What somebody of staff wrote on a ticket; only ever added."""

    __tablename__ = "ticket_notes"

    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(EncryptedText("ticket_notes.text"))
    is_answer: Mapped[bool] = mapped_column(default=False, comment="told to whoever asked")
    at: Mapped[datetime]


class StaffNoticeKind(StrEnum):
    """What staff are told by themselves."""

    DUE_SOON = "due_soon"
    ESCALATED = "escalated"
    ASSIGNED = "assigned"
    TAKEN_AWAY = "taken_away"


class StaffNotice(Identified, Base):
    """One thing that a member of staff is told in the console until they have seen it."""

    __tablename__ = "staff_notices"
    __table_args__ = (Index("ix_staff_notices_staff_id_seen_at", "staff_id", "seen_at"),)

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[StaffNoticeKind]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
