"""How often one address and one account may ask, by route; whoever asks too often is told how long to wait.

Counted in Redis where REDIS_URL names one, so that all processes count together; otherwise in this process alone. An
address may be a whole neighbourhood behind one router, so its limit is wide, and frames count by account only.
"""

from __future__ import annotations

import math
import time
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from flask import current_app, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded

from api.errors import answer_refusal
from api.guards import STAFF_COOKIE, bearer_token, signed_in_id
from api.limit_counts import ProcessCounts
from refusal import Refusal

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask.typing import RouteCallable

    from settings import Settings

# Files; WeChat's own servers, which are few and sign what they send; and those who ask how we are.
_UNCOUNTED = frozenset({"static", None})
_UNCOUNTED_BLUEPRINTS = frozenset({"wechat", "health", "simulator"})
_FRAMES = frozenset({"attempts.post_frame"})
# Where somebody might try passwords, codes or numbers one after the other.
_GUESSED = (
    "console_entrance.log_in",
    "console_login.prove",
    "enter.follow_link",
    "logins.post_login",
    "bindings.post_code",
)
_LOOKED_UP = ("receipt_pages.verify", "receipt_pages.look_up_whole", "receipts.get_receipt", "acts.show_act")
_WINDOW_SECONDS = 60


def limit_requests(app: Flask, settings: Settings) -> Limiter:
    """Count the requests of `app` and refuse those above the limits."""
    by_address, by_account = settings.rate_limit_address, settings.rate_limit_account
    limiter = Limiter(
        _address,
        app=app,
        storage_uri=settings.redis_url or f"{ProcessCounts.STORAGE_SCHEME[0]}://",
        storage_options={"socket_timeout": 1, "socket_connect_timeout": 1} if settings.redis_url else {},
        # a Redis that is gone must not close the doors: each process counts by itself meanwhile
        in_memory_fallback_enabled=settings.redis_url is not None,
        key_prefix="requests",
        application_limits=[
            ApplicationLimit(_a_minute(by_address), key_function=_address, exempt_when=_is_no_address),
            ApplicationLimit(_a_minute(by_account), key_function=_account, exempt_when=_is_no_account),
        ],
    )
    for endpoints, most in ((_GUESSED, settings.rate_limit_login), (_LOOKED_UP, settings.rate_limit_lookup)):
        for endpoint in endpoints:
            decorate = limiter.limit(_a_minute(most), key_func=_address, override_defaults=False)
            app.view_functions[endpoint] = cast("RouteCallable", decorate(app.view_functions[endpoint]))
    limiter.request_filter(_is_uncounted)
    app.register_error_handler(RateLimitExceeded, _answer_too_often)
    app.extensions["limiter_of_requests"] = limiter
    return limiter


def _a_minute(most: int) -> str:
    return f"{most} per minute"


def _address() -> str:
    return request.remote_addr or ""


def _account() -> str:
    """Return whom a request says to come from, by what it carries; nothing is looked up before it is counted."""
    said = bearer_token() or request.cookies.get(STAFF_COOKIE) or signed_in_id() or ""
    return sha256(said.encode()).hexdigest()[:32]


def _is_no_account() -> bool:
    return not (bearer_token() or request.cookies.get(STAFF_COOKIE) or signed_in_id())


def _is_no_address() -> bool:
    return request.endpoint in _FRAMES


def _is_uncounted() -> bool:
    return request.endpoint in _UNCOUNTED or not _UNCOUNTED_BLUEPRINTS.isdisjoint(request.blueprints)


def _answer_too_often(_error: Exception) -> Response:
    limiter: Limiter = current_app.extensions["limiter_of_requests"]
    broken = limiter.current_limit
    seconds = math.ceil(broken.reset_at - time.time()) if broken else _WINDOW_SECONDS
    seconds = min(max(seconds, 1), _WINDOW_SECONDS)
    answer = answer_refusal(Refusal("too_often", retryable=True, seconds=seconds))
    answer.headers["Retry-After"] = str(seconds)
    return answer
