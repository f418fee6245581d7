"""WeChat's own face verification of one attempt."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedText


class WechatVerification(Identified, Base):
    """A verify id that WeChat gave out: it belongs to one attempt and one openid and is asked about once."""

    __tablename__ = "wechat_verifications"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), unique=True)
    verify_id: Mapped[str] = mapped_column(EncryptedText("wechat_verifications.verify_id"))
    verify_id_index: Mapped[str] = mapped_column(String(64), unique=True)
    openid_index: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    errcode: Mapped[int | None]
    verify_ret: Mapped[int | None]
