"""What was said to us in WeChat: messages that came in, where a conversation stands, when somebody last spoke."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, partial_index
from models.types import EncryptedText


class InboxStatus(StrEnum):
    """Whether a message was answered at once, or waits for work that takes longer than WeChat waits."""

    ANSWERED = "answered"
    DEFERRED = "deferred"


class InboxMessage(Base):
    """A message or event that was acted on. Both keys are unique: a copy of it finds this row and its reply.

    As few indexes as will do: each message writes a row here.
    """

    __tablename__ = "inbox_messages"
    __table_args__ = (
        partial_index(
            "ix_inbox_messages_deferred_received_at",
            "received_at",
            where=text("status = 'deferred'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="from the keyed digest of what names the message")
    request_key: Mapped[str] = mapped_column(String(64), unique=True, comment="keyed digest of timestamp and nonce")
    content_key: Mapped[str] = mapped_column(String(64), comment="keyed digest of the content")
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(48))
    status: Mapped[InboxStatus]
    reply: Mapped[str | None] = mapped_column(EncryptedText("inbox_messages.reply"), comment="none: nothing is said")
    media_id: Mapped[str | None] = mapped_column(String(256), comment="the voice message that waits to be heard")
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(index=True)


class Conversation(Base):
    """One account in WeChat: where its conversation stands, and when it was last heard, for what may be sent to it."""

    __tablename__ = "conversations"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    state: Mapped[str | None] = mapped_column(EncryptedText("conversations.state"), comment="JSON; none: no flow")
    expires_at: Mapped[datetime | None]
    is_following: Mapped[bool] = mapped_column(default=True)
    last_message_at: Mapped[datetime | None]
    last_tap_at: Mapped[datetime | None]
