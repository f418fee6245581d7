"""With what receipts are signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import EncryptedBytes


class SigningKey(Base):
    """A key pair of Ed25519. The newest signs; the public halves of all are published, so that old receipts verify."""

    __tablename__ = "signing_keys"

    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
    seed: Mapped[bytes] = mapped_column(EncryptedBytes("signing_keys.seed"))
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
