"""From the XML of a message to what was heard: every field is read here, once, and checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from bot.envelope import Rejected, parse_xml
from bot.heard import TEXT, VOICE, Heard

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPENID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_KIND = re.compile(r"[a-z_]{1,40}")
_MOMENT = re.compile(r"[0-9]{1,12}", re.ASCII)
_LONGEST_TEXT = 4000
_LONGEST_NAME = 256
# What tells two events of one person in one second apart.
_EVENT_NAMES = ("Event", "EventKey", "TemplateId", "MsgID", "MsgId", "trace_id", "Ticket")


def read_message(content: bytes, *, original_id: str) -> Heard:
    """Return what a message says; raise Rejected for one that is malformed or addressed to another account."""
    fields = parse_xml(content)
    kind = _kind_of(fields)
    created = _text(fields, "CreateTime")
    created_at = int(created) if _MOMENT.fullmatch(created) else 0
    openid = _text(fields, "FromUserName")
    if _text(fields, "ToUserName") != original_id:
        raise Rejected("addressee")
    if not _OPENID.fullmatch(openid) or created_at == 0 or not kind:
        raise Rejected("message")
    text = _text(fields, "Content") if kind == TEXT else _text(fields, "Recognition") if kind == VOICE else ""
    return Heard(
        openid=openid,
        kind=kind,
        created_at=created_at,
        names=_names_of(fields, openid, created_at),
        text=text[:_LONGEST_TEXT],
        tap=_text(fields, "bizmsgmenuid")[:_LONGEST_NAME] or None,
        key=_text(fields, "EventKey")[:_LONGEST_NAME],
        media_id=_text(fields, "MediaId")[:_LONGEST_NAME] or None if kind == VOICE else None,
        status=_text(fields, "Status")[:_LONGEST_NAME],
        sent_id=_text(fields, "MsgID")[:_LONGEST_NAME],
    )


def _kind_of(fields: Mapping[str, str]) -> str:
    """Return the kind of a message by wechatpy's list of kinds; `unknown` for one that is not in it and ill-formed."""
    kind = _text(fields, "MsgType").lower()
    if kind == "event":
        event = _text(fields, "Event").lower()
        # a scan that made somebody follow is a `subscribe` whose key says so
        return f"event:{event}" if event in EVENT_TYPES or _KIND.fullmatch(event) else "event:unknown"
    return kind if kind in MESSAGE_TYPES or not kind or _KIND.fullmatch(kind) else "unknown"


def _names_of(fields: Mapping[str, str], openid: str, created_at: int) -> tuple[str, ...]:
    """Return what names a message among all: its id repeats between people, and events of one second have none."""
    msg_id = _text(fields, "MsgId")
    if msg_id and _text(fields, "MsgType").lower() != "event":
        return (openid, msg_id, str(created_at))
    return (openid, str(created_at), *(_text(fields, name) for name in _EVENT_NAMES))


def _text(fields: Mapping[str, str], name: str) -> str:
    """Return an element's text; an absent one has none."""
    return fields.get(name, "")
