"""Headers of every answer: what a browser may load, keep and tell others."""

from __future__ import annotations

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


def protect(app: Flask) -> None:
    """Set the headers on every answer of `app`; a view that set one itself keeps it."""
    app.after_request(_add_headers)


def _add_headers(answer: Response) -> Response:
    position = _POSITION.get(request.endpoint or "", "()")
    headers = {
        "Content-Security-Policy": CONTENT,
        "Permissions-Policy": f"camera=(self), microphone=(), geolocation={position}",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if services().settings.in_production:
        headers["Strict-Transport-Security"] = _HTTPS_ALONE
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        answer.headers.setdefault(name, value)
    return answer
