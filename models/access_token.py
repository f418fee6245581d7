"""What WeChat lends us for some hours, shared between processes: access tokens and the ticket of the JS-SDK."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import EncryptedText


class AccessToken(Base):
    """One such value under the name of its purpose and application. Whoever holds the lease fetches the next one."""

    __tablename__ = "access_tokens"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str | None] = mapped_column(EncryptedText("access_tokens.value"))
    expires_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
