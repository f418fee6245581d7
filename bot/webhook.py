"""`/wechat`: the official account's callback. Verified, opened, acted on once, answered in the same envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed, NotFound

from bot.counters import REFUSED, TAKEN
from bot.envelope import Envelopes, Rejected
from bot.heard import VOICE
from bot.inbox import act_once, keys_of
from bot.parsing import read_message
from bot.render import reply_xml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from werkzeug.wrappers import Request

    from services import Services
    from settings import Settings

    # status, text and media type
    Answer = tuple[int, str, str]

# A body beyond this is refused before it is read.
MOST_BYTES = 64 * 1024
# What WeChat takes for "nothing is said", in every mode.
NOTHING = "success"
_TEXT = "text/plain"
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


def answer_wechat(services: Services, request: Request) -> Answer:
    """Answer WeChat, whose signature is looked for first; anybody else gets 400 or 403, and nothing of theirs is kept.

    Raises NotFound where there is no account, MethodNotAllowed, RequestEntityTooLarge.
    """
    if not services.settings.has_wechat:
        raise NotFound
    now = services.clock.now()
    try:
        match request.method:
            case "POST":
                return _take_message(services, request, now)
            case "GET" | "HEAD":
                return _verify_address(services, request, now)
            case _:
                raise MethodNotAllowed
    except Rejected as rejected:
        REFUSED.labels(rejected.reason).inc()
        return _STATUSES.get(rejected.reason, 400), "", _TEXT


def _verify_address(services: Services, request: Request, now: datetime) -> Answer:
    """Prove to WeChat whose address this is."""
    return 200, _envelopes(services.settings).check_address(_arguments(request), now), _TEXT


def _take_message(services: Services, request: Request, now: datetime) -> Answer:
    """Act on a message or event once and answer it."""
    envelopes = _envelopes(services.settings)
    opened = envelopes.open(_arguments(request), lambda: _read_body(request), now)
    original_id = services.settings.wechat_original_id or ""
    heard = read_message(opened.content, original_id=original_id)
    keys = keys_of(services, heard, f"{opened.timestamp}\n{opened.nonce}", opened.content)
    reply = act_once(services, heard, keys, now)
    TAKEN.labels(heard.kind if heard.kind in _COUNTED else "other").inc()
    if heard.kind == VOICE:
        services.ask("hear_waiting")
    if reply is None:
        return 200, NOTHING, _TEXT
    xml = reply_xml(reply, heard, original_id=original_id, created_at=int(now.timestamp()))
    return 200, envelopes.seal(xml, opened), "application/xml"


def _envelopes(settings: Settings) -> Envelopes:
    keys = (settings.wechat_encoding_aes_key, settings.wechat_encoding_aes_key_previous)
    return Envelopes(
        settings.wechat_app_id or "",
        settings.wechat_token or "",
        tuple(key for key in keys if key),
        settings.wechat_mode,
    )


def _read_body(request: Request) -> bytes:
    """Return the body; one that does not say how long it is is not waited for."""
    if request.content_length is None:
        raise Rejected("length")
    request.max_content_length = MOST_BYTES
    return request.get_data(cache=False)


def _arguments(request: Request) -> Mapping[str, str]:
    """Return the query's arguments; one given twice could mean two things and is refused."""
    if any(len(values) > 1 for _name, values in request.args.lists()):
        raise Rejected("arguments")
    return request.args
