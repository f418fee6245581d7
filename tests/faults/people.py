"""People who certify and write messages over HTTP, and go on until they have an answer, as phones and WeChat do."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import Engine

from app import create_app
from certification.consents import give_consent
from certification.references import add_reference
from models import Region
from models.account import Relation
from models.audit import Actor, ActorKind
from models.region import RegionLevel
from services import NAME
from settings import Settings
from tests.cast import COMMUNITY, DISTRICT, SUBDISTRICT, add_account, bind
from tests.factories.retirees import make_id_number, make_retiree
from tests.fakes.clock import StandingClock
from tests.fakes.faces import ScriptedFaces
from tests.weixin import Weixin, write_xml

if TYPE_CHECKING:
    from collections.abc import Callable

    from services import Services
    from tests.city import City

PATIENCE_SECONDS = 150
PAUSE_SECONDS = 0.4
NO_ANSWER = 0
ACTOR = Actor(ActorKind.COMMAND, "test")


@dataclass
class Person:
    """Somebody with a phone on which their own account is logged in."""

    retiree_id: str
    cookie: str


@dataclass
class Crowd:
    """Everybody, and every answer they got, by its status; 0 is none."""

    city: City
    people: list[Person]
    messages: list[Request]
    answers: Counter[int] = field(default_factory=Counter)
    certified: int = 0
    lock: Lock = field(default_factory=Lock)

    def go(self, fault: Callable[[], object]) -> None:
        """Let everybody certify and write, and `fault` happen in the middle of it; wait until all have an answer."""
        with ThreadPoolExecutor(len(self.people) + 5) as threads:
            work = [threads.submit(self._certify, person) for person in self.people]
            work += [threads.submit(self._write, self.messages[place::4]) for place in range(4)]
            happened = threads.submit(fault)
            for one in work:
                one.result()
            happened.result()

    def _write(self, messages: list[Request]) -> None:
        for message in messages:
            give_up_at = time.monotonic() + PATIENCE_SECONDS
            while self._ask(message)[0] != 200:
                assert time.monotonic() < give_up_at, f"a message was never answered: {self.answers}"
                time.sleep(PAUSE_SECONDS)
            time.sleep(0.05)

    def _certify(self, person: Person) -> None:
        session = self._until(person, "/certification-sessions", {"retiree_id": person.retiree_id})
        while not (session.get("code") == "already_certified" or self._try_once(person, session)):
            # the answer that said so may be lost with the server: what counts is what the next one says
            session = self._until(person, "/certification-sessions", {"retiree_id": person.retiree_id})
        self.certified += 1

    def _try_once(self, person: Person, session: dict[str, Any]) -> bool:
        attempt = self._until(person, f"/certification-sessions/{session['id']}/attempts", {"way": "stream"})
        if "nonce" not in attempt:
            return False
        for number in range(attempt["steps"]):
            headers = {"Attempt-Nonce": attempt["nonce"], "Frame-Number": str(number)}
            frame = f"seen {attempt['id']} {number}".encode()
            answer = self._until(person, f"/attempts/{attempt['id']}/frames", frame, **headers)
            if (answer.get("outcome") or {}).get("result") == "certified":
                return True
            if "code" in answer:
                answer = self._until(person, f"/attempts/{attempt['id']}", None)
                return bool((answer.get("outcome") or {}).get("result") == "certified")
        return False

    def _until(self, person: Person, path: str, body: Any, **headers: str) -> dict[str, Any]:
        """Ask until there is an answer that is no fault of the server; return it."""
        kind = "application/json"
        content: bytes | None = None
        if isinstance(body, bytes):
            content, kind = body, "image/jpeg"
        elif body is not None:
            content = json.dumps(body).encode()
        told = {"Cookie": person.cookie, "X-Requested-With": "XMLHttpRequest", "Content-Type": kind} | headers
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            request = Request(f"{self.city.address}/api/v1{path}", data=content, headers=told)
            status, answer = self._ask(request)
            if status not in {NO_ANSWER, 429} and status < 500:
                found: dict[str, Any] = json.loads(answer)
                return found
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(f"no answer from {path}: {self.answers}")

    def _ask(self, request: Request) -> tuple[int, bytes]:
        status, content = NO_ANSWER, b""
        try:
            with urlopen(request, timeout=30) as answer:
                status, content = answer.status, answer.read()
        except HTTPError as error:
            status, content = error.code, error.read()
        except Exception:  # noqa: BLE001 - whatever the way to a dying server brings is no answer
            status = NO_ANSWER
        with self.lock:
            self.answers[status] += 1
        return status, content


def gather(city: City, people: int, messages: int, *, after: int = 0) -> Crowd:
    """Return so many people with phones and so many messages of others, each of them once.

    Who is gathered `after` so many others is none of them.
    """
    settings = Settings.read(city.environ)
    app = create_app(settings, face_workers=ScriptedFaces())
    services: Services = app.extensions[NAME]
    now = services.clock.now()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # the default one has it
    made = []
    with services.transactions() as session:
        if session.get(Region, COMMUNITY) is None:
            session.add(Region(code=SUBDISTRICT, level=RegionLevel.SUBDISTRICT, name="长青街道", parent_code=DISTRICT))
            session.flush()
            session.add(Region(code=COMMUNITY, level=RegionLevel.COMMUNITY, name="银杏社区", parent_code=SUBDISTRICT))
            session.flush()
        for place in range(after, after + people):
            number = make_id_number(serial=place)
            retiree = make_retiree(session, id_number=number, phone=None, community_code=COMMUNITY)
            account = add_account(session, f"person {place}", now)
            bind(session, account, retiree, Relation.SELF, now)
            session.flush()
            photo = f"photograph {place}".encode()
            report = ScriptedFaces().measure_photo(photo)
            add_reference(
                session,
                retiree,
                photo,
                report,
                store=services.evidence,
                vault=services.vault,
                actor=ACTOR,
                now=now,
            )
            give_consent(session, account, retiree, actor=ACTOR, now=now)
            made.append(Person(str(retiree.id), f"session={signer.dumps({'account_id': str(account.id)})}"))
    assert isinstance(services.database, Engine)
    services.database.dispose()
    return Crowd(city, made, write_messages(city, settings, messages))


def write_messages(city: City, settings: Settings, count: int) -> list[Request]:
    """Return callbacks as WeChat sends them: each of somebody with a question that staff must answer."""
    now = datetime.now(UTC)
    weixin = Weixin(None, settings, StandingClock(now))  # type: ignore[arg-type]  # only wraps
    made = []
    for place in range(count):
        fields = {"MsgType": "text", "Content": "转人工"}
        xml = write_xml(f"oPerson_{place}", settings.wechat_original_id or "", int(now.timestamp()), fields)
        query, body = weixin.wrap(xml)
        made.append(Request(f"{city.address}/wechat?{urlencode(query)}", data=body.encode(), method="POST"))
    return made
