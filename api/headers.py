"""Headers of every answer: what a browser may load, keep and tell others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flask import request

from services import services

if TYPE_CHECKING:
    from flask import Flask, Response

# Everything from here: no address elsewhere is ever asked for, no script stands inside a page. blob: is the camera.
CONTENT = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The one page that asks where it is: the walk of staff.
_POSITION = {"console_today.show_day": "(self)"}
# In production nobody comes by another way than https; a year, as browsers ask for it.
_HTTPS_ALONE = "max-age=31536000"


@cache
def headers_of(endpoint: str | None, *, in_production: bool) -> tuple[tuple[str, str], ...]:
    """Return the headers of an answer; without an endpoint those that suit any."""
    position = _POSITION.get(endpoint or "", "()")
    headers = {
        "Content-Security-Policy": CONTENT,
        "Permissions-Policy": f"camera=(self), microphone=(), geolocation={position}",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if in_production:
        headers["Strict-Transport-Security"] = _HTTPS_ALONE
    if endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return tuple(headers.items())


def protect(app: Flask) -> None:
    """Set the headers on every answer of `app`; a view that set one itself keeps it."""
    app.after_request(_add_headers)


def _add_headers(answer: Response) -> Response:
    wanted = headers_of(request.endpoint, in_production=services().settings.in_production)
    there = {name.lower() for name, _value in answer.headers}
    answer.headers.extend((name, value) for name, value in wanted if name.lower() not in there)
    return answer
