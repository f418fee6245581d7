"""WeChat's side of the callback: messages as it writes, signs and encrypts them, and a chat of one person with us."""

from __future__ import annotations

import hashlib
import itertools
import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import xmltodict
from wechatpy.crypto import WeChatCrypto

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from settings import Settings
    from tests.fakes.clock import StandingClock

_numbers = itertools.count(7_300_000_000_000_001)
TAP = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&]*)&msgmenuid=(\d+)">([^<]*)</a>')
LINK = re.compile(r'<a href="(http[^"]+)">')


def sign(*parts: str) -> str:
    """Return WeChat's signature of some texts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's own choice


def write_xml(openid: str, original_id: str, created_at: int, fields: dict[str, Any]) -> str:
    """Return a message's XML. `MsgId` is made up for whatever is no event and brings none."""
    whole = {"ToUserName": original_id, "FromUserName": openid, "CreateTime": str(created_at)} | fields
    if fields.get("MsgType") != "event" and "MsgId" not in fields:
        whole["MsgId"] = str(next(_numbers))
    return str(xmltodict.unparse({"xml": whole}, full_document=False))


@dataclass
class Weixin:
    """WeChat's servers, as far as they call us."""

    client: FlaskClient
    settings: Settings
    clock: StandingClock
    nonces: itertools.count[int] = field(default_factory=lambda: itertools.count(100_000))

    @property
    def crypto(self) -> WeChatCrypto:
        return WeChatCrypto(
            self.settings.wechat_token, self.settings.wechat_encoding_aes_key, self.settings.wechat_app_id
        )

    def wrap(self, xml: str, *, nonce: str | None = None, timestamp: str | None = None) -> tuple[dict[str, str], str]:
        """Return the query and the body of an encrypted callback."""
        token = self.settings.wechat_token or ""
        timestamp = timestamp or str(int(self.clock.now().timestamp()))
        nonce = nonce or str(next(self.nonces))
        body = self.crypto.encrypt_message(xml, nonce, timestamp)
        encrypted = xmltodict.parse(body)["xml"]["Encrypt"]
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": sign(token, timestamp, nonce),
            "encrypt_type": "aes",
            "msg_signature": sign(token, timestamp, nonce, encrypted),
        }
        return query, body

    def post(self, xml: str, **how: Any) -> TestResponse:
        """Send a message as WeChat does in secure mode."""
        query, body = self.wrap(xml, **how)
        return self.client.post("/wechat", query_string=query, data=body.encode(), content_type="text/xml")

    def open(self, answer: TestResponse) -> dict[str, str]:
        """Return the elements of an encrypted reply, after its signature was checked; nothing for `success`."""
        text = answer.get_data(as_text=True)
        if text in {"", "success"}:
            return {}
        sealed = xmltodict.parse(text)["xml"]
        token = self.settings.wechat_token or ""
        assert sealed["MsgSignature"] == sign(token, sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"])
        assert len(b64decode(sealed["Encrypt"])) % 32 == 0
        plain = self.crypto.decrypt_message(text, sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"])
        return dict(xmltodict.parse(plain)["xml"])


@dataclass
class Chat:
    """One person's chat: `say` types, `tap` taps an option of the last reply, `do` is an event."""

    weixin: Weixin
    openid: str
    last: str = ""

    def say(self, text: str, **fields: str) -> str:
        return self.send({"MsgType": "text", "Content": text} | fields)

    def tap(self, label: str) -> str:
        """Tap the option with these words in the last reply."""
        found = [(unquote(words), number) for words, number, _ in TAP.findall(self.last) if unquote(words) == label]
        assert len(found) == 1, self.last
        return self.say(found[0][0], bizmsgmenuid=found[0][1])

    def do(self, event: str, key: str = "", **fields: str) -> str:
        return self.send({"MsgType": "event", "Event": event, "EventKey": key} | fields)

    def send(self, fields: dict[str, Any]) -> str:
        now = self.weixin.clock.advance(seconds=1)
        xml = write_xml(self.openid, self.weixin.settings.wechat_original_id or "", int(now.timestamp()), fields)
        answer = self.weixin.post(xml)
        assert answer.status_code == 200, answer.status_code
        reply = self.weixin.open(answer)
        if reply:
            assert (reply["ToUserName"], reply["MsgType"]) == (self.openid, "text")
        self.last = reply.get("Content", "")
        return self.last

    @property
    def shown(self) -> str:
        """The last reply as a person sees it."""
        return re.sub(r"<[^>]+>", "", self.last)

    @property
    def options(self) -> list[str]:
        """The words of the options of the last reply."""
        return [unquote(words) for words, _, _ in TAP.findall(self.last)]
