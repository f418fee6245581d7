"""The monthly pension as this system decides it: paid, suspended, terminated, why, how much, and what was paid.

Months are numbers (`policy.months`): year * 12 + month - 1. Amounts are whole cents, in the clear beside a random id:
a city's sums are the database's work, and who the person is stays sealed in `retirees`.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedText


class BenefitStatus(StrEnum):
    """What the next payment file does with a person."""

    PAID = "paid"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class ReasonKind(StrEnum):
    """Why a pension may be suspended: Art. 32(1) to 32(5)."""

    NOT_CERTIFIED = "not_certified"
    MISSING = "missing"
    IMPRISONED = "imprisoned"
    DUPLICATE = "duplicate"
    OTHER = "other"


class Benefit(Base):
    """The pension of one retiree (养老金待遇). `status` follows from the reasons that stand and from last_month alone.

    number: under which the paying system knows the person (个人编号). first_month: the first that our files pay.
    last_month: the month of death, once the termination was approved; nothing is owed after it.
    """

    __tablename__ = "benefits"
    __table_args__ = (
        Index("ix_benefits_status_number", "status", "number"),
        Index("ix_benefits_first_month", "first_month"),
    )

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), primary_key=True, comment="the retiree's")
    number: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[BenefitStatus] = mapped_column(default=BenefitStatus.PAID)
    first_month: Mapped[int]
    last_month: Mapped[int | None]
    created_at: Mapped[datetime]


class BenefitAmount(Identified, Base):
    """The monthly amount in force from one month to another; the history of amounts. Whole cents."""

    __tablename__ = "benefit_amounts"
    __table_args__ = (UniqueConstraint("benefit_id", "from_month"),)

    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"))
    from_month: Mapped[int]
    until_month: Mapped[int | None] = mapped_column(comment="the last one; none: in force")
    cents: Mapped[int] = mapped_column(BigInteger)


_STANDING = text("ended_at IS NULL AND void_at IS NULL")


class BenefitReason(Identified, Base):
    """One reason for which a pension is suspended, from the approval that put it there to the one that ended it.

    began_on, ended_on: in fact. void_at: it should never have been (undone, or reversed): it counts for nothing.
    """

    __tablename__ = "benefit_reasons"
    __table_args__ = (
        partial_index(
            "uq_benefit_reasons_standing_benefit_id_kind",
            "benefit_id",
            "kind",
            unique=True,
            where=_STANDING,
        ),
        Index("ix_benefit_reasons_benefit_id", "benefit_id"),
    )

    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"))
    kind: Mapped[ReasonKind]
    legal_ground: Mapped[str | None] = mapped_column(EncryptedText("benefit_reasons.legal_ground"))
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    set_at: Mapped[datetime]
    set_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefit_actions.id"), index=True)
    ended_at: Mapped[datetime | None]
    end_action_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("benefit_actions.id"))
    void_at: Mapped[datetime | None]
    void_action_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("benefit_actions.id"))

    @property
    def is_standing(self) -> bool:
        """Whether the pension is suspended for it."""
        return self.ended_at is None and self.void_at is None


class BenefitStop(Identified, Base):
    """Months for which the payment files pay nothing. until_month before from_month: undone before any file closed."""

    __tablename__ = "benefit_stops"
    __table_args__ = (
        Index("ix_benefit_stops_benefit_id", "benefit_id"),
        Index("ix_benefit_stops_from_month", "from_month"),
        Index("ix_benefit_stops_until_month", "until_month"),
        partial_index(
            "uq_benefit_stops_open_benefit_id",
            "benefit_id",
            unique=True,
            where=text("until_month IS NULL"),
        ),
    )

    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"))
    status: Mapped[BenefitStatus] = mapped_column(comment="suspended or terminated")
    from_month: Mapped[int]
    until_month: Mapped[int | None] = mapped_column(comment="the last one; none: it goes on")
    action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefit_actions.id"))
    end_action_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("benefit_actions.id"))


class ActionKind(StrEnum):
    """What is proposed (BenefitAction's verbs): 停发、恢复、补发、终止、追回."""

    SUSPEND = "suspend"
    RESUME = "resume"
    BACK_PAY = "back_pay"
    TERMINATE = "terminate"
    REINSTATE = "reinstate"
    RECOVER = "recover"


class ActionStatus(StrEnum):
    """Where a proposal stands. `lapsed`: what it rested on went away before anybody decided."""

    PROPOSED = "proposed"
    EXCLUDED = "excluded"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    UNDONE = "undone"


# What people did not want: the night run brings it again while its ground stands.
SET_ASIDE = (ActionStatus.EXCLUDED, ActionStatus.REFUSED, ActionStatus.UNDONE)

# Proposals that wait: one a person, kind and reason.
_WAITING = text("status = 'proposed'")
_WAITING_WITHOUT_REASON = text("status = 'proposed' AND reason IS NULL")


class BenefitAction(Identified, Base):
    """One proposal to change what is paid (待遇处理): proposed by the system or staff, approved by a second person.

    reason: which one is set or ended. began_on, ended_on: the fact behind it. month: the first payment file that it
    changed, once approved. messages, calls, visits: attempts to reach the person, of a missing certification.
    cents: what it comes to, of back-pay and recovery. legal_ground: of `other`, Art. 32(5).
    """

    __tablename__ = "benefit_actions"
    __table_args__ = (
        partial_index(
            "uq_benefit_actions_waiting_benefit_id_kind_reason",
            "benefit_id",
            "kind",
            "reason",
            unique=True,
            where=_WAITING,
        ),
        partial_index(
            "uq_benefit_actions_waiting_benefit_id_kind",
            "benefit_id",
            "kind",
            unique=True,
            where=_WAITING_WITHOUT_REASON,
        ),
        Index("ix_benefit_actions_benefit_id", "benefit_id"),
        partial_index(
            "ix_benefit_actions_set_aside_benefit_id",
            "benefit_id",
            where=text("status IN ('excluded', 'refused', 'undone')"),
        ),
        Index("ix_benefit_actions_agency_code_status_proposed_on", "agency_code", "status", "proposed_on"),
        Index("ix_benefit_actions_month_status", "month", "status"),
    )

    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"))
    agency_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    kind: Mapped[ActionKind]
    reason: Mapped[ReasonKind | None]
    status: Mapped[ActionStatus] = mapped_column(default=ActionStatus.PROPOSED)
    article: Mapped[str] = mapped_column(String(16), comment="article and item of the regulation, as 32(1)")
    rule_set: Mapped[str] = mapped_column(String(32))
    legal_ground: Mapped[str | None] = mapped_column(EncryptedText("benefit_actions.legal_ground"))
    began_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    life_event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("life_events.id"), index=True)
    messages: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)
    cents: Mapped[int | None] = mapped_column(BigInteger)
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"), comment="none: the system")
    proposed_on: Mapped[date] = mapped_column(comment="what one day proposed of one kind is decided together")
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    month: Mapped[int | None]


class BackPayLine(Identified, Base):
    """One earlier month paid after the event in a later file (补发). void_at: undone before that file closed."""

    __tablename__ = "back_pay_lines"
    __table_args__ = (
        Index("ix_back_pay_lines_benefit_id", "benefit_id"),
        Index("ix_back_pay_lines_pay_month", "pay_month"),
    )

    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"))
    action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefit_actions.id"), index=True)
    for_month: Mapped[int]
    pay_month: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInteger)
    void_at: Mapped[datetime | None]


class PaymentStatus(StrEnum):
    """Whether a month's payment decisions may still change."""

    OPEN = "open"
    CLOSED = "closed"


class PaymentMonth(Base):
    """One month of payment decisions (发放决定). Exactly one is open; a closed one and its file never change.

    Whoever changes what is paid locks the open row for sharing, whoever closes it locks it alone.
    """

    __tablename__ = "payment_months"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.OPEN)
    file_name: Mapped[str | None] = mapped_column(String(64))
    sha256: Mapped[str | None] = mapped_column(String(64))
    differences_sha256: Mapped[str | None] = mapped_column(String(64))
    people: Mapped[int | None]
    regular_cents: Mapped[int | None] = mapped_column(BigInteger)
    back_pay_cents: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(64))
