"""A streamed picture passes Flask by: its frame costs as much as all that a picture asks for, five times a second.

That is for a picture that comes as our own page sends it and is answered with what to do next. Whatever comes another
way goes on to Flask untouched. How an attempt ended, and why a picture was not taken in, is told there as well: what
came of the picture is handed on to the view of the same address.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from werkzeug.exceptions import SecurityError

from api.guards import OUR_PAGE, STAFF_COOKIE, account_in, as_id, origin_of
from api.headers import headers_of
from api.limits import COUNTED
from api.requests import FOLLOWED, HEADER, Followed
from api.uploads import FRAME_BYTES, read_upload
from api.v1.answers import answer_going
from certification.attempts import Going
from logs import end_request
from models.audit import Actor, ActorKind
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask, Request

    from api.limits import Counts
    from certification.attempts import FrameFault
    from services import Services

_ROUTE = "/api/v1/attempts/<uuid:attempt_id>/frames"
_ADDRESS = re.compile(r"/api/v1/attempts/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/frames")
_NUMBER = re.compile(r"[0-9]{1,5}")
_LONGEST_NONCE = 64
_TAKEN = "certification.taken"
# So many people's cookies, for so long, are known to be good.
_COOKIES, _PROVEN_SECONDS = 1024, 60


@dataclass(frozen=True)
class Sent:
    """Which attempt's challenge a picture answers, its place in the row, and whose account it comes from."""

    account_id: uuid.UUID
    attempt_id: uuid.UUID
    nonce: str
    number: int


@dataclass(frozen=True)
class Taken:
    """What came of a picture, and when it came."""

    now: datetime
    came_to: FrameFault | Going | None


def take(parts: Services, sent: Sent, read: Callable[[], bytes], actor: Actor) -> Taken:
    """Read a picture and look at it; raises what reading raises, and what the verifier does."""
    now = parts.clock.now()
    jpeg = read()
    began = parts.clock.now()  # a slow line is not the machine's pace
    came_to = parts.verifier.take_frame(
        sent.account_id, sent.attempt_id, sent.nonce, sent.number, jpeg, actor=actor, now=now
    )
    ended = parts.clock.now()
    parts.crowd.stay(sent.account_id, ended, picture_seconds=(ended - began).total_seconds())
    return Taken(now, came_to)


def taken_before(environ: WSGIEnvironment) -> Taken | None:
    """Return what came of the picture if it was looked at on its way to Flask; raise what was raised there."""
    taken: Taken | Exception | None = environ.pop(_TAKEN, None)
    try:
        if isinstance(taken, Exception):
            raise taken
        return taken
    finally:
        del taken  # an error that knows this frame, and is known by it, would keep the picture in memory


class Frames:
    """A WSGI application: pictures are taken here, everything else by the application behind."""

    def __init__(self, behind: WSGIApplication, app: Flask, services: Services, counts: Counts) -> None:
        self._behind, self._app, self._services, self._counts = behind, app, services, counts
        # to prove a cookie is a tenth of what a picture costs here: it is proven again every minute
        self._who = lru_cache(_COOKIES)(self._prove)
        headers = headers_of(None, in_production=services.settings.in_production)
        self._headers = [("Content-Type", "application/json"), *headers, ("Vary", "Cookie")]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        body = None
        address = _ADDRESS.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if address is not None:
            asked = self._app.request_class(environ)
            sent = self._accept(environ, asked, uuid.UUID(address[1]))
            if sent is not None:
                followed = Followed.begin(environ.get("HTTP_X_REQUEST_ID"))
                environ |= {COUNTED: True, FOLLOWED: followed}
                body = self._take(environ, asked, sent)
        if body is None:
            return self._behind(environ, start_response)
        followed.tell("POST", _ROUTE, 200)
        end_request()
        start_response("200 OK", [*self._headers, ("Content-Length", str(len(body))), (HEADER, followed.id)])
        return [body]

    def _accept(self, environ: WSGIEnvironment, asked: Request, attempt_id: uuid.UUID) -> Sent | None:
        """Return what is sent with a picture; None, and nothing was done, where Flask must see to it."""
        nonce, number = environ.get("HTTP_ATTEMPT_NONCE", ""), environ.get("HTTP_FRAME_NUMBER", "")
        is_whole = nonce and len(nonce) <= _LONGEST_NONCE and _NUMBER.fullmatch(number)
        if not is_whole or environ.get("HTTP_X_REQUESTED_WITH") != OUR_PAGE or not self._is_our_name(asked):
            return None
        if "HTTP_AUTHORIZATION" in environ:
            return None
        said = self._who(environ.get("HTTP_COOKIE", ""), int(time.monotonic() // _PROVEN_SECONDS))
        account_id = as_id(said or "")
        if said is None or account_id is None:
            return None
        try:
            self._counts.count_account(said)
        except Refusal:
            return None
        return Sent(account_id, attempt_id, nonce, int(number))

    def _is_our_name(self, asked: Request) -> bool:
        asked.trusted_hosts = self._app.config["TRUSTED_HOSTS"]
        try:
            return bool(asked.host)
        except SecurityError:
            return False

    def _prove(self, cookies: str, _minute: int) -> str | None:
        """Return whose account the cookies name; None where none is named, or staff beside it."""
        asked = self._app.request_class({"HTTP_COOKIE": cookies})
        if STAFF_COOKIE in asked.cookies:
            return None
        return account_in(self._app.session_interface.open_session(self._app, asked))

    def _take(self, environ: WSGIEnvironment, asked: Request, sent: Sent) -> bytes | None:
        """Take a picture and return what is answered; None where the view shall tell what came of it."""
        actor = Actor(ActorKind.ACCOUNT, str(sent.account_id), origin_of(asked))
        try:
            taken = take(self._services, sent, partial(read_upload, FRAME_BYTES, asked), actor)
            if isinstance(taken.came_to, Going):
                answer = answer_going(taken.came_to, now=taken.now)
                return f"{self._app.json.dumps(answer, separators=(',', ':'))}\n".encode()
        except Exception as fault:  # noqa: BLE001 - the view raises it again, and it is answered like any other
            environ[_TAKEN] = fault
        else:
            environ[_TAKEN] = taken
        return None
