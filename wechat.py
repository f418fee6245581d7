"""What the whole top floor may know of WeChat's API: what it does and how it refuses. `bot.gateway` is the door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Trouble(StrEnum):
    """Why WeChat did not do what it was asked, as far as it matters for what comes next.

    token: ours was not taken, twice. user_refused: the person does not want it. window: it may not be sent that way
    now. quota: too many today. busy: passing, nothing was done. uncertain: no answer came, it may have been done.
    wrong: for good.
    """

    TOKEN = "token"  # noqa: S105 - a word, no password
    USER_REFUSED = "user_refused"
    WINDOW = "window"
    QUOTA = "quota"
    BUSY = "busy"
    UNCERTAIN = "uncertain"
    WRONG = "wrong"


class WechatRefused(Exception):
    """WeChat refused. errcode: its own number, 0 where no answer came. Holds nothing about anybody."""

    def __init__(self, errcode: int, trouble: Trouble) -> None:
        super().__init__(f"{trouble} {errcode}")
        self.errcode = errcode
        self.trouble = trouble


@dataclass(frozen=True)
class OAuthUser:
    """Who logged in on a page. is_snapshot: a made-up visitor of WeChat's, who is nobody."""

    openid: str
    unionid: str | None
    is_snapshot: bool

    def __repr__(self) -> str:
        return "OAuthUser()"


@dataclass(frozen=True)
class MiniProgramLogin:
    """Who logged in in the mini-program. The session key stays where this object is."""

    openid: str
    unionid: str | None

    def __repr__(self) -> str:
        return "MiniProgramLogin()"


class WechatApi(Protocol):
    """WeChat's API as we use it. Everything raises WechatRefused."""

    def send_text(self, openid: str, text: str) -> None:
        """Send a customer-service message."""

    def send_menu(self, openid: str, head: str, options: Sequence[tuple[str, str]]) -> None:
        """Send a customer-service message with options, each an id of digits and its words."""

    def send_template(
        self, openid: str, template_id: str, fields: Mapping[str, str], *, url: str, client_msg_id: str
    ) -> str:
        """Send a template message and return WeChat's id of it; the same client_msg_id is sent once."""

    def send_subscription(self, openid: str, template_id: str, fields: Mapping[str, str], *, url: str) -> None:
        """Send a subscription notice of the service account."""

    def push_menu(self, menu: Mapping[str, object], conditional: Sequence[Mapping[str, object]]) -> None:
        """Replace the account's menu and its conditional ones."""

    def tag_id(self, name: str) -> int:
        """Return the id of the tag of that name, made now if there is none."""

    def tag(self, tag_id: int, openid: str, *, is_on: bool) -> None:
        """Put a tag on somebody, or take it off."""

    def download_media(self, media_id: str, most_bytes: int) -> bytes:
        """Return a recording that somebody sent."""

    def union_id(self, openid: str) -> str | None:
        """Return a follower's union id, if the account has an open platform."""

    def oauth_user(self, code: str) -> OAuthUser:
        """Return who a page's login code stands for."""

    def code2session(self, code: str) -> MiniProgramLogin:
        """Return who a mini-program's login code stands for."""

    def jsapi_ticket(self) -> str:
        """Return the ticket that signs pages for the JS-SDK."""

    def verify_id(self, openid: str, cert_name: str, cert_no: str, out_seq_no: str, *, in_miniprogram: bool) -> str:
        """Return a verify id for WeChat's face verification of that person."""

    def verify_result(
        self, openid: str, verify_id: str, cert_hash: str, out_seq_no: str, *, in_miniprogram: bool
    ) -> int:
        """Return the verify_ret of a face verification; 10000 is the one that passed."""
