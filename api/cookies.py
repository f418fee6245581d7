"""The signed cookie of a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession


class Cookies(SecureCookieSessionInterface):
    """Flask's own, which makes no signer for whoever brings no cookie: WeChat, and whoever asks how we are."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds, nothing without one."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()
