"""The signed cookie of a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession
    from itsdangerous import URLSafeTimedSerializer


class Cookies(SecureCookieSessionInterface):
    """Flask's own with one signer for all requests, and none for whoever brings no cookie: WeChat, and machines."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and proves cookies; made once, for the key stays as it is while a process runs."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds, nothing without one."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()
