"""The simulated WeChat: what it would send for what somebody does, and what it was given to deliver."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

if TYPE_CHECKING:
    from settings import Settings

_SECONDS = 10.0
# The elements that each kind of message has besides those of all.
_FIELDS = {
    "text": ("Content", "bizmsgmenuid"),
    "voice": ("MediaId", "Recognition"),
    "image": ("PicUrl", "MediaId"),
    "location": ("Location_X", "Location_Y", "Scale", "Label"),
    "event": ("Event", "EventKey"),
}


@dataclass
class Simulated:
    """What one process remembers: messages by person, login codes, the token it gave out."""

    token: str = field(default_factory=lambda: secrets.token_hex(16))
    delivered: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    codes: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def deliver(self, openid: str, message: dict[str, Any]) -> None:
        """Put a message into somebody's chat."""
        with self.lock:
            self.delivered[openid].append(message)

    def new_code(self, openid: str) -> str:
        """Return a login code for somebody."""
        code = secrets.token_urlsafe(12)
        self.codes[code] = openid
        return code

    def use_code(self, code: str) -> str | None:
        """Return whom a code stands for, once."""
        return self.codes.pop(code, None)


def message_xml(settings: Settings, openid: str, kind: str, values: dict[str, str]) -> str:
    """Return the XML that WeChat would send for what somebody does."""
    fields: dict[str, str] = {
        "ToUserName": settings.wechat_original_id or "",
        "FromUserName": openid,
        "CreateTime": str(int(time.time())),
        "MsgType": kind,
    }
    fields |= {name: values[name] for name in _FIELDS[kind] if values.get(name)}
    if kind != "event":
        fields["MsgId"] = str(secrets.randbelow(1 << 62))
    return str(xmltodict.unparse({"xml": fields}, full_document=False))


def post_message(settings: Settings, xml: str) -> str:
    """Send a message to `/wechat`, signed and in the envelope that the settings ask for, and return the reply's text.

    Raises requests.RequestException.
    """
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    signer = WeChatSigner()
    signer.add_data(settings.wechat_token, timestamp, nonce)
    arguments = {"timestamp": timestamp, "nonce": nonce, "signature": signer.signature}
    crypto = WeChatCrypto(settings.wechat_token, settings.wechat_encoding_aes_key, settings.wechat_app_id)
    body = xml
    if settings.wechat_mode != "plain":
        body = crypto.encrypt_message(xml, nonce, timestamp)
        arguments |= {"encrypt_type": "aes", "msg_signature": xmltodict.parse(body)["xml"]["MsgSignature"]}
    address = f"http://127.0.0.1:{settings.port}/wechat"
    answer = requests.post(address, params=arguments, data=body.encode(), timeout=_SECONDS)
    answer.raise_for_status()
    if answer.text in {"", "success"}:
        return ""
    found = xmltodict.parse(answer.text)["xml"]
    if "Encrypt" in found:
        plain = crypto.decrypt_message(answer.text, found["MsgSignature"], found["TimeStamp"], found["Nonce"])
        found = xmltodict.parse(plain)["xml"]
    return str(found.get("Content") or "")
