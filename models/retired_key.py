"""What is kept of a data key that another one took over from: with what it digested, never with what it sealed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import EncryptedBytes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.vault import Vault


class RetiredKey(Base):
    """The digest keys of an earlier data key, sealed with the present one: they find old frames and prove old acts."""

    __tablename__ = "retired_keys"

    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
    material: Mapped[bytes] = mapped_column(EncryptedBytes("retired_keys.material"))
    retired_at: Mapped[datetime]


def recall_retired(session: Session, vault: Vault) -> None:
    """Let `vault` digest as earlier keys did."""
    vault.remember({row.key_id: row.material for row in session.scalars(select(RetiredKey))})


def retire_earlier(session: Session, vault: Vault, *, now: datetime) -> None:
    """Keep what must be kept of the earlier keys of `vault`, once each."""
    for key_id, material in vault.earlier_keys().items():
        if session.get(RetiredKey, key_id) is None:
            session.add(RetiredKey(key_id=key_id, material=material, retired_at=now))
