"""Every request: an id that its lines in the log and its tasks carry, one line when it is answered, and its figures."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING

from flask import g, has_request_context, request
from prometheus_client import Counter, Histogram

from counters import tell_of_messages
from logs import begin_request, end_request
from services import services

if TYPE_CHECKING:
    from flask import Flask, Response

REQUESTS = Counter("pension_requests", "Requests answered", ["route", "status"])
SECONDS = Histogram(
    "pension_request_seconds",
    "Time until a request was answered",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
HEADER = "X-Request-ID"
# Asked for by machines every few seconds, and by every page: figures and lines of these say nothing.
_UNTOLD = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})
_log = logging.getLogger("access")


def follow_requests(app: Flask) -> None:
    """Follow every request of `app`."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(lambda _fault: end_request())


def _begin() -> None:
    g.request_id = begin_request(request.headers.get(HEADER))
    g.began = time.perf_counter()


def _end(answer: Response) -> Response:
    answer.headers[HEADER] = g.get("request_id", "")
    if g.pop("wrote_messages", False):
        services().ask("send_due")
    if request.endpoint not in _UNTOLD:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        # the rule, not the address: that may hold what names a person's papers
        route = request.url_rule.rule if request.url_rule else "none"
        count, times = _figures_of(route, answer.status_code)
        count.inc()
        times.observe(seconds)
        told = {"method": request.method, "route": route, "status": answer.status_code, "ms": round(seconds * 1000, 1)}
        _log.info("request", extra=told)
    return answer


@cache
def _figures_of(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, status), SECONDS.labels(route)


def _remember_message() -> None:
    if has_request_context():
        g.wrote_messages = True


tell_of_messages(_remember_message)
