"""Under which names this service answers, and whose word it takes for where a request came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from flask import Flask

    from settings import Settings

# Probes on the machine itself.
_OWN = ["localhost", "127.0.0.1", "[::1]"]


def name_hosts(app: Flask, settings: Settings) -> None:
    """Answer in production under the names of PUBLIC_BASE_URL and TRUSTED_HOSTS alone.

    As many proxies as TRUSTED_PROXIES says are believed about the address and the scheme of a request; the host they
    send on is checked like any other.
    """
    app.config["TRUSTED_HOSTS"] = trusted_hosts(settings)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]  # Flask's own way
    app.register_error_handler(SecurityError, _answer_other_host)
    app.before_request(_refuse_other_host)


def trusted_hosts(settings: Settings) -> list[str] | None:
    """Return the names this service answers under; None, as in development, for any."""
    return [*settings.hosts(), *_OWN] if settings.in_production else None


def _refuse_other_host() -> None:
    """Refuse a name that is not ours before anything is looked at: werkzeug checks it where it is read."""
    _ = request.host


def _answer_other_host(_error: Exception) -> Response:
    # no page: its links would carry that name
    return Response("", 400, mimetype="text/plain")
