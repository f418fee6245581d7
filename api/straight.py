"""An address that is answered without Flask, whose frame costs as much as all that a message in the chat asks for.

Its answers are followed, protected and refused like any others; there is no session, and no page, not even of an error.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from api.headers import headers_of
from api.hosts import trusted_hosts
from api.requests import HEADER, Followed, send_written
from logs import end_request, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from services import Services

    # status, text and media type
    Answer = tuple[int, str, str]

_TEXT = "text/plain"
_log = logging.getLogger(__name__)


class Straight:
    """A WSGI application: one path goes straight to what answers it, every other one to the application behind."""

    def __init__(
        self,
        behind: WSGIApplication,
        path: str,
        answer: Callable[[Services, Request], Answer],
        services: Services,
    ) -> None:
        self._behind = behind
        self._path = path
        self._answer = answer
        self._services = services
        self._headers = headers_of(None, in_production=services.settings.in_production)
        self._hosts = trusted_hosts(services.settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] != self._path:
            return self._behind(environ, start_response)
        followed = Followed.begin(environ.get("HTTP_X_REQUEST_ID"))
        try:
            status, text, kind = self._ask(environ)
            send_written(self._services.ask)
            followed.tell(environ["REQUEST_METHOD"], self._path, status)
        finally:
            end_request()
        body = text.encode()
        told = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body))), (HEADER, followed.id)]
        start_response(f"{status} {HTTPStatus(status).phrase}", [*told, *self._headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _ask(self, environ: WSGIEnvironment) -> Answer:
        request = Request(environ)
        request.trusted_hosts = self._hosts
        try:
            _ = request.host  # a name that is not ours is refused where it is read
            return self._answer(self._services, request)
        except HTTPException as refusal:
            return refusal.code or HTTPStatus.INTERNAL_SERVER_ERROR, "", _TEXT
        except Exception as fault:  # noqa: BLE001 - as of every view: its kind and place are told, never its text
            _log.error("fault %s at %s in %s", type(fault).__name__, place_of(fault), self._path)
            return HTTPStatus.INTERNAL_SERVER_ERROR, "", _TEXT
