"""Staff: who works in the console, in which role, for which region, and their logins."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedText


class StaffRole(StrEnum):
    """The roles of the console (Art. 5, 7); `casework.rights` says what each may do."""

    CITY_OFFICER = "city_officer"
    DISTRICT_OFFICER = "district_officer"
    AGENCY_OFFICER = "agency_officer"
    SUBDISTRICT_OFFICER = "subdistrict_officer"
    COMMUNITY_WORKER = "community_worker"
    AUDITOR = "auditor"


class Staff(Identified, Base):
    """A member of staff (工作人员). Never deleted: what they did keeps their name.

    password_hash: argon2id. totp_secret: none until the first login. totp_step: the last one-time password's 30-second
    step, so that none serves twice.
    """

    __tablename__ = "staff"

    login: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(EncryptedText("staff.name"))
    role: Mapped[StaffRole]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    password_hash: Mapped[str] = mapped_column(String(128))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText("staff.totp_secret"))
    totp_step: Mapped[int] = mapped_column(default=0)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"Staff({self.id})"


class StaffSession(Identified, Base):
    """One login, kept as a keyed digest. It ends by itself, or with `ended_at`.

    proven: whether the one-time password was given too; before that it opens nothing but the page that asks for it.
    failed_logins: wrong tries since then in the browser of a proven login, which keeps a mark of it after its end.
    """

    __tablename__ = "staff_sessions"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    token_index: Mapped[str] = mapped_column(String(64), unique=True)
    proven: Mapped[bool] = mapped_column(default=False)
    failed_logins: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
