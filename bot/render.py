"""From codes to the text of a reply, and from a text to the XML that WeChat takes."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.conversations.engine import tap_id
from bot.replies import DAY, SAYINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversations.shapes import Say
    from bot.heard import Heard

MOST_BYTES = 2048
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
# values that are addresses of ours
_OUR_LINKS = frozenset({"link", "receipt"})
_MARKS = str.maketrans({"<": "＜", ">": "＞"})


def render(says: Sequence[Say], *, with_taps: bool = True) -> str:
    """Return the text of what is said, the options numbered below it and, with_taps, each a link that answers.

    Values are what people wrote: their angle brackets become wide ones, so that nobody puts a link into our words.
    """
    parts = []
    for say in says:
        values = {name: _write(name, value) for name, value in say.values.items()}
        if "receipt" in values:
            values["number"] = f'<a href="{values["receipt"]}">{values["number"]}</a>'
        lines = [SAYINGS[say.code].format(**values)]
        for place, option in enumerate(say.options, 1):
            label = str(option.label).translate(_MARKS)
            lines.append(_tappable(say.ask, place, label) if with_taps else f"{place} {label}")
        parts.append("\n".join(lines))
    return cut("\n".join(parts))


def cut(text: str) -> str:
    """Return `text` without control characters and with at most 2048 bytes, cut between two characters."""
    clean = _CONTROL.sub("", text)
    if len(clean.encode()) <= MOST_BYTES:
        return clean
    return clean.encode()[: MOST_BYTES - 3].decode(errors="ignore") + "…"


def write_day(day: date) -> str:
    """Return a day as people say it."""
    return DAY.format(year=day.year, month=day.month, day=day.day)


def reply_xml(text: str, heard: Heard, *, original_id: str, created_at: int) -> str:
    """Return the XML of a passive text reply; a text cannot break out of its element."""
    return (
        "<xml>"
        f"<ToUserName>{_cdata(heard.openid)}</ToUserName>"
        f"<FromUserName>{_cdata(original_id)}</FromUserName>"
        f"<CreateTime>{created_at}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content>"
        "</xml>"
    )


@lru_cache(maxsize=256)
def _tappable(ask: str, place: int, label: str) -> str:
    link = f"weixin://bizmsgmenu?msgmenucontent={quote(label)}&msgmenuid={tap_id(ask, place)}"
    return f'<a href="{link}">{place} {label}</a>'


def _write(name: str, value: Any) -> str:
    if isinstance(value, date):
        return write_day(value)
    return str(value) if name in _OUR_LINKS else str(value).translate(_MARKS)


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
