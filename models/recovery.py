"""Money paid that was not owed, and how it comes back (Art. 31(1)); tips about wrongful claims (Art. 31(2))."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedText


class OverpaymentStatus(StrEnum):
    """Where a recovery stands. `cancelled`: the money was owed after all."""

    INVESTIGATING = "investigating"
    CLAIMED = "claimed"
    SETTLED = "settled"
    REFERRED = "referred"
    CANCELLED = "cancelled"


OPEN_OVERPAYMENTS = (OverpaymentStatus.INVESTIGATING, OverpaymentStatus.CLAIMED, OverpaymentStatus.REFERRED)
_OPEN = text("status IN ('investigating', 'claimed', 'referred')")


class Overpayment(Identified, Base):
    """Months paid that were not owed (多发待遇): investigated, claimed back by a day, settled or handed on.

    due_by: told in the notice. referred_at: handed to the administrative department, unpaid at the due day.
    """

    __tablename__ = "overpayments"
    __table_args__ = (
        partial_index(
            "uq_overpayments_open_benefit_id",
            "benefit_id",
            unique=True,
            where=_OPEN,
        ),
        Index("ix_overpayments_status_due_by", "status", "due_by"),
    )

    number: Mapped[str] = mapped_column(String(48), unique=True)
    benefit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("benefits.id"), index=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    status: Mapped[OverpaymentStatus] = mapped_column(default=OverpaymentStatus.INVESTIGATING)
    from_month: Mapped[int]
    until_month: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInteger)
    finding: Mapped[str | None] = mapped_column(EncryptedText("overpayments.finding"))
    opened_at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    due_by: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    referred_at: Mapped[datetime | None]


class Instalment(Identified, Base):
    """Money that came back, or below zero what was given back of it; only ever added.

    reference: of the bank's entry, once each.
    """

    __tablename__ = "instalments"

    overpayment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("overpayments.id"), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    written_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime]


class LeadStatus(StrEnum):
    """Where a tip stands. A lead is not a finding."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    FOUND = "found"
    NOT_FOUND = "not_found"


class Lead(Identified, Base):
    """A tip about a wrongful claim (冒领线索), seen at the agency alone. The report's number follows it.

    teller: who told, sealed apart and opened only with an audit row; none when told anonymously. reward_cents: granted
    when wrongful payments were found; a scheme's amounts are the agency's own, for the regulation gives none.
    """

    __tablename__ = "leads"
    __table_args__ = (Index("ix_leads_agency_code_status", "agency_code", "status"),)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), unique=True)
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("retirees.id"), index=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    status: Mapped[LeadStatus] = mapped_column(default=LeadStatus.RECEIVED)
    teller: Mapped[str | None] = mapped_column(EncryptedText("leads.teller"), comment="JSON: account, phone")
    finding: Mapped[str | None] = mapped_column(EncryptedText("leads.finding"))
    overpayment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("overpayments.id"))
    reward_cents: Mapped[int | None] = mapped_column(BigInteger)
    reward_decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
