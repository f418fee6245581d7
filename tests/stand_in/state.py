"""What the stand-in knows: its accounts, their tokens, the people and what they may be sent, what goes wrong."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

APP_ID, APP_SECRET = "wxofstandin0000001", "secret of the stand-in"
PROGRAM_ID, PROGRAM_SECRET = "wxprogramstandin01", "secret of the program"
TOKEN_LENGTH = 512
MESSAGE_SECONDS, MESSAGES = 48 * 3600, 5
TAP_SECONDS, TAPS = 60, 3


@dataclass
class Fault:
    """What goes wrong. status: answer so to everything. errcode: answer so to the next `times` calls that need a token.

    hang: take the request, do what it asks, and never answer. refuse: close the connection before anything is done.
    slow: seconds before each answer. garbled: do what is asked and answer 200 with a page. cut, stall: do what is asked
    and close the connection, or go silent, in the middle of the answer.
    """

    status: int = 0
    errcode: int = 0
    times: int = 0
    hang: bool = False
    refuse: bool = False
    slow: float = 0.0
    garbled: bool = False
    cut: bool = False
    stall: bool = False


@dataclass
class Delivered:
    """One message that reached somebody."""

    openid: str
    kind: str
    content: dict[str, Any]


@dataclass
class Window:
    """How many customer-service messages may still be sent, and until when."""

    left: int = 0
    until: float = 0.0

    def take(self, now: float) -> bool:
        if self.left == 0 or now > self.until:
            return False
        self.left -= 1
        return True


@dataclass
class Person:
    """What WeChat knows of somebody."""

    after_message: Window = field(default_factory=Window)
    after_tap: Window = field(default_factory=Window)
    blocks: bool = False


@dataclass
class Issued:
    """A token that was given out."""

    app_id: str
    ends_at: float


@dataclass
class State:
    """Everything that a test may look at or set. clock: seconds, as `time.time`; quota: calls left before 45009.

    complaints: each call that was refused because it was wrong, with the errcode.
    """

    clock: Callable[[], float] = time.time
    fault: Fault = field(default_factory=Fault)
    quota: int | None = None
    secrets: dict[str, str] = field(default_factory=lambda: {APP_ID: APP_SECRET, PROGRAM_ID: PROGRAM_SECRET})
    tokens: dict[str, str] = field(default_factory=dict)
    issued: dict[str, Issued] = field(default_factory=dict)
    token_requests: int = 0
    token_seconds: int = 7200
    people: defaultdict[str, Person] = field(default_factory=lambda: defaultdict(Person))
    oauth: dict[str, dict[str, Any]] = field(default_factory=dict)
    programs: dict[str, dict[str, Any]] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    media: dict[str, bytes | dict[str, Any]] = field(default_factory=dict)
    menus: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, int] = field(default_factory=dict)
    tagged: set[tuple[int, str]] = field(default_factory=set)
    union_ids: dict[str, str] = field(default_factory=dict)
    verifications: dict[str, dict[str, Any]] = field(default_factory=dict)
    verify_ret: int = 10000
    delivered: list[Delivered] = field(default_factory=list)
    templates_once: dict[tuple[str, str], int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    complaints: list[tuple[str, int]] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    def heard_from(self, openid: str) -> None:
        """Somebody sent the account a message: five may be sent back within two days."""
        self.people[openid].after_message = Window(MESSAGES, self.clock() + MESSAGE_SECONDS)

    def tapped(self, openid: str) -> None:
        """Somebody tapped the menu, followed or scanned: three may be sent within a minute."""
        self.people[openid].after_tap = Window(TAPS, self.clock() + TAP_SECONDS)

    def expire_tokens(self) -> None:
        """Make every token void."""
        self.tokens.clear()
        self.issued.clear()

    def texts_of(self, openid: str) -> list[str]:
        """Return the texts that reached somebody, in order."""
        return [one.content.get("text", "") for one in self.delivered if one.openid == openid]

    def token_of(self, app_id: str) -> tuple[str, int]:
        """Return the stable token and its seconds: the same one, until the last five minutes of its life."""
        now = self.clock()
        token = self.tokens.get(app_id, "")
        if token not in self.issued or self.issued[token].ends_at - now <= min(300, self.token_seconds / 2):
            token = f"{app_id}_{secrets.token_hex(TOKEN_LENGTH)}"[:TOKEN_LENGTH]
            self.tokens[app_id] = token
            self.issued[token] = Issued(app_id, now + self.token_seconds)
        return token, int(self.issued[token].ends_at - now)

    def refusal_of(self, token: str, app_ids: set[str]) -> int:
        """Return the errcode for a token that is not good for one of these accounts, or 0."""
        found = self.issued.get(token)
        if found is None or found.app_id not in app_ids:
            return 40001
        return 42001 if self.clock() > found.ends_at else 0
