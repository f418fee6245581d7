"""What WeChat's callback wraps messages in: signatures, the encrypted envelope, and how old a request may be.

wechatpy does the cryptography; what it does not do is done here: signatures are compared in constant time and before
anything is decrypted, the time is looked at, and every error of a hostile body ends as one `Rejected`.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, fromstring  # nosec B405 - see `parse_xml`

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from settings import WechatMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

WINDOW_SECONDS = 300
_LONGEST_ARGUMENT = 128
# Everything that decrypting hostile bytes was seen to raise.
UNREADABLE = (
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    InvalidAppIdException,
)


class Rejected(Exception):
    """A request is no callback of WeChat's; `reason` is a word for the counter and holds nothing of the request."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Opened:
    """A message out of its envelope. key: the encoding key that opened it, None where it came in clear."""

    content: bytes
    timestamp: str
    nonce: str
    key: str | None

    def __repr__(self) -> str:
        return "Opened()"


@dataclass(frozen=True)
class Envelopes:
    """Opens and seals for one official account. keys: the encoding key in use and, after it, the one before."""

    app_id: str
    token: str
    keys: tuple[str, ...]
    mode: WechatMode

    def __repr__(self) -> str:
        return "Envelopes()"

    def check_address(self, arguments: Mapping[str, str], now: datetime) -> str:
        """Return the text that proves to WeChat whose address this is; raise Rejected."""
        self._check_query(arguments, now)
        return arguments.get("echostr", "")

    def open(self, arguments: Mapping[str, str], read_body: Callable[[], bytes], now: datetime) -> Opened:
        """Return the message in a request's body; raise Rejected. In secure mode only an encrypted one is taken.

        The body is read after the query was found to be signed, so that nobody else's body is even waited for.
        """
        timestamp, nonce = self._check_query(arguments, now)
        body = read_body()
        is_encrypted = arguments.get("encrypt_type", "raw") == "aes"
        if is_encrypted and self.mode is WechatMode.PLAIN:
            raise Rejected("mode")
        if not is_encrypted:
            if self.mode is WechatMode.SECURE:
                raise Rejected("mode")
            return Opened(body, timestamp, nonce, None)
        encrypted = _encrypted_in(body)
        self._check(arguments.get("msg_signature", ""), timestamp, nonce, encrypted)
        for key in self.keys:
            try:
                content = PrpCrypto(_crypto(self.token, key, self.app_id).key).decrypt(encrypted, self.app_id)
            except UNREADABLE:
                continue
            return Opened(content.encode(), timestamp, nonce, key)
        raise Rejected("envelope")

    def seal(self, reply: str, opened: Opened) -> str:
        """Return a reply in the same kind of envelope as the message it answers."""
        if opened.key is None:
            return reply
        crypto = _crypto(self.token, opened.key, self.app_id)
        return str(crypto.encrypt_message(reply, opened.nonce, opened.timestamp))

    def _check_query(self, arguments: Mapping[str, str], now: datetime) -> tuple[str, str]:
        """Return a request's timestamp and nonce, which WeChat signs in every mode; raise Rejected."""
        timestamp, nonce = _moment_of(arguments, now)
        self._check(arguments.get("signature", ""), timestamp, nonce)
        return timestamp, nonce

    def _check(self, given: str, *parts: str) -> None:
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        if not hmac.compare_digest(signer.signature.encode(), given.encode("utf-8", "replace")):
            raise Rejected("signature")


@cache
def _crypto(token: str, key: str, app_id: str) -> Any:
    return WeChatCrypto(token, key, app_id)


def parse_xml(content: bytes) -> dict[str, str]:
    """Return the texts of a message's elements; one that is nested or stands there twice has none.

    Raise Rejected for anything else, and for declarations of any kind.
    """
    if b"<!" in content.replace(b"<![CDATA[", b""):
        raise Rejected("doctype")
    try:
        root = fromstring(content.decode())  # noqa: S314 - without declarations there are no entities  # nosec B314
    except (ParseError, UnicodeDecodeError):
        raise Rejected("xml") from None
    if root.tag != "xml":
        raise Rejected("xml")
    names = [element.tag for element in root]
    return {one.tag: (one.text or "").strip() for one in root if not len(one) and names.count(one.tag) == 1}


def _moment_of(arguments: Mapping[str, str], now: datetime) -> tuple[str, str]:
    timestamp, nonce = arguments.get("timestamp", ""), arguments.get("nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_ARGUMENT):
        raise Rejected("timestamp")
    if not 0 < len(nonce) <= _LONGEST_ARGUMENT:
        raise Rejected("nonce")
    if abs(int(timestamp) - now.timestamp()) > WINDOW_SECONDS:
        raise Rejected("timestamp")
    return timestamp, nonce


def _encrypted_in(body: bytes) -> str:
    try:
        return parse_xml(body)["Encrypt"]
    except KeyError:
        raise Rejected("envelope") from None
