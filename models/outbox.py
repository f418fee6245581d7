"""Messages on their way out, written in the transaction of what caused them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedText

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


# The one thing asked of WeChat that is no message: a tag, by which it chooses the menu it shows.
TAG_RELATIVE = "tag_relative"


class OutboxStatus(StrEnum):
    """Where a message stands. `uncertain`: WeChat may have taken it and did not say so; it is not sent again.

    `cancelled`: what it would say is no longer so.
    """

    WAITING = "waiting"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OutboxMessage(Identified, Base):
    """One message to one account. `cause` is unique: the same cause never makes two."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        partial_index(
            "ix_outbox_messages_waiting_next_try_at",
            "next_try_at",
            where=text("status = 'waiting'"),
        ),
        partial_index(
            "ix_outbox_messages_sent_wechat_id",
            "wechat_id",
            where=text("wechat_id IS NOT NULL"),
        ),
    )

    cause: Mapped[str] = mapped_column(String(128), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("retirees.id"), index=True)
    notice: Mapped[str] = mapped_column(String(32), comment="which sentence; `words.NOTICES`")
    values: Mapped[str] = mapped_column(EncryptedText("outbox_messages.values"), comment="JSON")
    is_reply: Mapped[bool] = mapped_column(comment="an answer to a question just asked: no quiet hours")
    status: Mapped[OutboxStatus] = mapped_column(default=OutboxStatus.WAITING)
    channel: Mapped[str | None] = mapped_column(String(32), comment="the channel tried last")
    refused: Mapped[str] = mapped_column(String(128), default="", comment="channels that will not do, by comma")
    wechat_id: Mapped[str | None] = mapped_column(String(64), comment="WeChat tells by it what came of it")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def waiting_since(now: datetime) -> dict[str, Any]:
    """Return what a new notice has in its columns whatever it says and to whom, for whoever adds very many at once."""
    return {
        "is_reply": False,
        "status": OutboxStatus.WAITING,
        "refused": "",
        "tries": 0,
        "next_try_at": now,
        "created_at": now,
    }


def enqueue(
    session: Session,
    account_id: uuid.UUID,
    notice: str,
    values: dict[str, Any],
    *,
    cause: str,
    now: datetime,
    retiree_id: uuid.UUID | None = None,
    is_reply: bool = False,
) -> None:
    """Add a message in the transaction of what causes it; a cause that was there already adds nothing.

    notice: a key of `words.NOTICES`. cause: names what happened and to whom it is told.
    """
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.cause == cause)) is None:
        session.add(
            OutboxMessage(
                cause=cause,
                account_id=account_id,
                retiree_id=retiree_id,
                notice=notice,
                values=json.dumps(values, ensure_ascii=False),
                is_reply=is_reply,
                next_try_at=now,
                created_at=now,
            )
        )
