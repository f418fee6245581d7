"""Every request: an id that its lines in the log and its tasks carry, one line when it is answered, and its figures."""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flask import g, request
from prometheus_client import Counter, Histogram

from counters import tell_of_messages
from logs import begin_request, end_request
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

REQUESTS = Counter("pension_requests", "Requests answered", ["route", "status"])
SECONDS = Histogram(
    "pension_request_seconds",
    "Time until a request was answered",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
HEADER = "X-Request-ID"
# Where a request that is followed already says so when it comes to Flask.
FOLLOWED = "requests.followed"
# Asked for by machines every few seconds, and by every page: figures and lines of these say nothing.
_UNTOLD = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})
_log = logging.getLogger("access")
_wrote_messages: ContextVar[bool] = ContextVar("wrote_messages", default=False)


@dataclass(frozen=True)
class Followed:
    """A request that is being answered: its id, and when it began."""

    id: str
    began: float

    @classmethod
    def begin(cls, given: str | None) -> Followed:
        """Begin to follow a request; given: the id it brought."""
        _wrote_messages.set(False)
        return cls(begin_request(given), time.perf_counter())

    def tell(self, method: str, route: str, status: int) -> None:
        """Count the request and write its line. route: the rule, not the address, which may hold somebody's papers."""
        seconds = time.perf_counter() - self.began
        count, times = _figures_of(route, status)
        count.inc()
        times.observe(seconds)
        told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        _log.info("request", extra=told)


def send_written(ask: Callable[[str], None]) -> None:
    """Have the messages sent that this request wrote, if it did."""
    if _wrote_messages.get():
        ask("send_due")


def follow_requests(app: Flask) -> None:
    """Follow every request of `app`."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(lambda _fault: end_request())


def _begin() -> None:
    g.followed = request.environ.get(FOLLOWED) or Followed.begin(request.headers.get(HEADER))


def _end(answer: Response) -> Response:
    followed: Followed = g.followed if "followed" in g else Followed.begin(None)
    answer.headers[HEADER] = followed.id
    send_written(services().ask)
    if request.endpoint not in _UNTOLD:
        followed.tell(request.method, request.url_rule.rule if request.url_rule else "none", answer.status_code)
    return answer


@cache
def _figures_of(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, status), SECONDS.labels(route)


def _remember_message() -> None:
    _wrote_messages.set(True)


tell_of_messages(_remember_message)
