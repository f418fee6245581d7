"""How often one address and one account may ask, by route; whoever asks too often is told how long to wait.

Counted in Redis where REDIS_URL names one, so that all processes count together; otherwise in this process alone. An
address may be a whole neighbourhood behind one router, so its limit is wide, and frames of whoever is signed in by a
cookie count by account only.
"""

from __future__ import annotations

import logging
import math
import time
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from api.guards import STAFF_COOKIE, bearer_token, signed_in_id
from api.limit_counts import ProcessCounts
from refusal import Refusal

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import RouteCallable

    from settings import Settings

# Files, and those who ask how we are. WeChat's own servers, which are few and sign what they send, do not come here.
_UNCOUNTED = frozenset({"static", None})
_UNCOUNTED_BLUEPRINTS = frozenset({"health", "simulator"})
_FRAMES = frozenset({"attempts.post_frame"})
# Where somebody might try passwords, codes or numbers one after the other.
_GUESSED = (
    "console_entrance.log_in",
    "console_login.prove",
    "console_login.set_password",
    "enter.follow_link",
    "logins.post_login",
    "bindings.post_code",
)
_LOOKED_UP = ("receipt_pages.verify", "receipt_pages.look_up_whole", "receipts.get_receipt", "acts.show_act")
_WINDOW_SECONDS = 60
# Where a request that was counted already says so when it comes to Flask.
COUNTED = "limits.counted"
_REDIS_SECONDS = 1
# A Redis that does not answer is left alone for so long: whoever asks meanwhile does not wait for it.
_REST_SECONDS = 15.0
_log = logging.getLogger(__name__)


def limit_requests(app: Flask, settings: Settings, counts: Counts) -> None:
    """Count the requests of `app` and refuse those above the limits with Refusal `too_often`."""

    def count_all() -> None:
        if request.endpoint in _UNCOUNTED or not _UNCOUNTED_BLUEPRINTS.isdisjoint(request.blueprints):
            return
        if COUNTED in request.environ:
            return
        signed = signed_in_id()
        if signed is None or request.endpoint not in _FRAMES:
            counts.count_address()
        # what is signed counts whatever else is said: tokens and cookies of staff can be made up anew each time
        for said in (signed, bearer_token(), request.cookies.get(STAFF_COOKIE)):
            if said:
                counts.count_account(said)

    app.before_request(count_all)
    for endpoints, most in ((_GUESSED, settings.rate_limit_login), (_LOOKED_UP, settings.rate_limit_lookup)):
        for endpoint in endpoints:
            app.view_functions[endpoint] = counts.counted(
                app.view_functions[endpoint], RateLimitItemPerMinute(most), endpoint
            )


class Counts:
    """How often each asked within a minute: counted in Redis, or by this process alone where there is none.

    A Redis that is gone must not close the doors: each process counts by itself meanwhile. Whatever counts raises
    Refusal `too_often`, with the seconds to wait, above its limit.
    """

    def __init__(self, settings: Settings) -> None:
        self._by_address = RateLimitItemPerMinute(settings.rate_limit_address)
        self._by_account = RateLimitItemPerMinute(settings.rate_limit_account)
        self._own = FixedWindowRateLimiter(ProcessCounts())
        self._shared = None
        if settings.redis_url is not None:
            redis = RedisStorage(
                settings.redis_url,
                wrap_exceptions=True,
                socket_timeout=_REDIS_SECONDS,
                socket_connect_timeout=_REDIS_SECONDS,
            )
            self._shared = FixedWindowRateLimiter(redis)
        self._rests_until = 0.0

    def count_address(self) -> None:
        """Count the request at hand by its address."""
        self._count(self._by_address, "address", _address())

    def count_account(self, said: str) -> None:
        """Count a request by whom it says to come from; nothing is looked up before it is counted."""
        self._count(self._by_account, "account", sha256(said.encode()).hexdigest()[:32])

    def counted(self, view: RouteCallable, most: RateLimitItemPerMinute, endpoint: str) -> RouteCallable:
        """Return a view that is counted by address, each for itself."""

        @wraps(view)
        def counting(*args: Any, **values: Any) -> Any:
            self._count(most, endpoint, _address())
            return view(*args, **values)

        return counting

    def _count(self, most: RateLimitItemPerMinute, kind: str, who: str) -> None:
        if self._shared is not None and time.monotonic() >= self._rests_until:
            try:
                _count(self._shared, most, kind, who)
            except StorageError:
                self._rests_until = time.monotonic() + _REST_SECONDS
                _log.warning("Redis does not answer: requests are counted by each process alone")
            else:
                return
        _count(self._own, most, kind, who)


def _count(limiter: FixedWindowRateLimiter, most: RateLimitItemPerMinute, kind: str, who: str) -> None:
    key = ("requests", kind, who)
    if not limiter.hit(most, *key):
        seconds = math.ceil(limiter.get_window_stats(most, *key).reset_time - time.time())
        raise Refusal("too_often", retryable=True, seconds=min(max(seconds, 1), _WINDOW_SECONDS))


def _address() -> str:
    return request.remote_addr or ""
