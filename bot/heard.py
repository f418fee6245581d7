"""What somebody said or did in WeChat, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

VOICE = "voice"
TEXT = "text"


@dataclass(frozen=True)
class Heard:
    """One message or event.

    openid: who, as WeChat names them to this account. kind: the kind of message, or `event:` and the kind of event.
    names: what names this message among all others. text: what was said. tap: the id of the option that was tapped.
    key: a menu entry's or a scanned code's. media_id: a recording's. status, sent_id: what became of a message that we
    sent, and WeChat's id of it.
    """

    openid: str
    kind: str
    created_at: int
    names: tuple[str, ...]
    text: str = ""
    tap: str | None = None
    key: str = ""
    media_id: str | None = None
    status: str = ""
    sent_id: str = ""

    def __repr__(self) -> str:
        return f"Heard({self.kind})"

    @property
    def is_event(self) -> bool:
        """Whether something was done, not said."""
        return self.kind.startswith("event:")
