"""What people tell us: deaths, changes of address and phone, moves, fraudulent claims."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedText


class ReportKind(StrEnum):
    """What was reported. `still_alive`: somebody whose pension was stopped by mistake."""

    DEATH = "death"
    ADDRESS_CHANGE = "address_change"
    PHONE_CHANGE = "phone_change"
    MOVING_AWAY = "moving_away"
    MISSING = "missing"
    FRAUD = "fraud"
    STILL_ALIVE = "still_alive"


class ReportStatus(StrEnum):
    """Where a report stands. Whatever it leads to follows from verification by staff, never from the report."""

    NOTIFIED = "notified"
    WITHDRAWN = "withdrawn"


class Report(Identified, Base):
    """One report (报告): what, about whom, told by whom and when. Nothing follows from it by itself."""

    __tablename__ = "reports"

    number: Mapped[str] = mapped_column(String(32), unique=True, comment="the code by which its teller follows it")
    kind: Mapped[ReportKind]
    status: Mapped[ReportStatus] = mapped_column(default=ReportStatus.NOTIFIED)
    account_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("accounts.id"), index=True, comment="none: told anonymously"
    )
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("retirees.id"), index=True, comment="none: not found in the roster, staff look"
    )
    owner_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    content: Mapped[str] = mapped_column(EncryptedText("reports.content"), comment="JSON: everything that was told")
    happened_on: Mapped[date | None]
    is_late: Mapped[bool] = mapped_column(default=False, comment="told after the days of the rule set (Art. 16(4))")
    rule_set: Mapped[str] = mapped_column(String(32))
    life_event_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("life_events.id"), index=True, comment="the record that it became part of"
    )
    reported_at: Mapped[datetime] = mapped_column(index=True)
