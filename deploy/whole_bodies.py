"""A body that is not what it says it is refused, and nothing acts on a half of it.

gunicorn hands on as whole what a sender broke off, and tells of broken chunks by errors of its own, which nobody above
knows: they would be our fault. Werkzeug knows what to do about either, where it counts itself and is told by OSError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it brings no types

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class WholeBodies:
    """A WSGI application: the one behind it, whose requests are whole or refused."""

    def __init__(self, behind: WSGIApplication) -> None:
        self._behind = behind

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if "CONTENT_LENGTH" in environ:
            environ.pop("wsgi.input_terminated", None)  # so the length is counted, and what is missing found
        elif "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = _Chunks(environ["wsgi.input"])
        return self._behind(environ, start_response)


class _Chunks:
    """A body in chunks; one that is broken ends like a line that breaks off."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes; raises OSError."""
        try:
            read: bytes = self._body.read(size)
        except ParseException as broken:
            raise OSError(type(broken).__name__) from None
        return read
