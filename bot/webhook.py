"""`/wechat`: the official account's callback. Verified, opened, acted on once, answered in the same envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from bot.counters import REFUSED, TAKEN
from bot.envelope import Envelopes, Rejected
from bot.guards import signed_by_wechat
from bot.heard import VOICE
from bot.inbox import act_once, keys_of
from bot.parsing import read_message
from bot.render import reply_xml
from services import services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.heard import Heard

# A body beyond this is refused before it is read.
MOST_BYTES = 64 * 1024
# What WeChat takes for "nothing is said", in every mode.
NOTHING = "success"
_STATUSES = {"signature": 403, "replay": 403, "addressee": 403, "mode": 403}
# Kinds are counted by their names, of which there are few; whatever else comes shares one.
_COUNTED = frozenset(
    {
        "text",
        "voice",
        "image",
        "video",
        "shortvideo",
        "location",
        "link",
        "event:subscribe",
        "event:unsubscribe",
        "event:scan",
        "event:click",
        "event:view",
        "event:location",
        "event:templatesendjobfinish",
        "event:subscribe_msg_popup_event",
    }
)

webhook = Blueprint("wechat", __name__)
webhook.before_request(signed_by_wechat)


@webhook.get("/wechat")
def verify_address() -> Response:
    """Prove to WeChat whose address this is."""
    return Response(_envelopes().check_address(_arguments(), services().clock.now()), mimetype="text/plain")


@webhook.post("/wechat")
def take_message() -> Response:
    """Act on a message or event once and answer it."""
    parts, now = services(), services().clock.now()
    envelopes = _envelopes()
    opened = envelopes.open(_arguments(), _read_body, now)
    original_id = parts.settings.wechat_original_id or ""
    heard = read_message(opened.content, original_id=original_id)
    keys = keys_of(parts, heard, f"{opened.timestamp}\n{opened.nonce}", opened.content)
    reply = act_once(parts, heard, keys, now)
    _count(heard)
    if heard.kind == VOICE:
        parts.ask("hear_waiting")
    if reply is None:
        return Response(NOTHING, mimetype="text/plain")
    xml = reply_xml(reply, heard, original_id=original_id, created_at=int(now.timestamp()))
    return Response(envelopes.seal(xml, opened), mimetype="application/xml")


@webhook.errorhandler(Rejected)
def turn_away(rejected: Rejected) -> tuple[str, int]:
    """Answer 400 or 403 and count why; nothing of the request is kept or repeated."""
    REFUSED.labels(rejected.reason).inc()
    return "", _STATUSES.get(rejected.reason, 400)


def _envelopes() -> Envelopes:
    settings = services().settings
    keys = (settings.wechat_encoding_aes_key, settings.wechat_encoding_aes_key_previous)
    return Envelopes(
        settings.wechat_app_id or "",
        settings.wechat_token or "",
        tuple(key for key in keys if key),
        settings.wechat_mode,
    )


def _read_body() -> bytes:
    """Return the body; one that does not say how long it is is not waited for."""
    if request.content_length is None:
        raise Rejected("length")
    request.max_content_length = MOST_BYTES
    return request.get_data(cache=False)


def _arguments() -> Mapping[str, str]:
    """Return the query's arguments; one given twice could mean two things and is refused."""
    if any(len(values) > 1 for _name, values in request.args.lists()):
        raise Rejected("arguments")
    return request.args


def _count(heard: Heard) -> None:
    TAKEN.labels(heard.kind if heard.kind in _COUNTED else "other").inc()
