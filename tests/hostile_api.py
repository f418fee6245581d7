"""The described API under generated requests, right and wrong ones, of somebody who is logged in; every check on.

Shared by the test, which sends some hundred, and by `python -m benchmarks.hostile`, which sends as many as it is told.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from requests.structures import CaseInsensitiveDict
from schemathesis import GenerationMode, auths
from schemathesis.core.result import Ok
from sqlalchemy import Engine

from app import create_app
from certification.consents import give_consent
from certification.references import add_reference
from models import schema as tables
from models.audit import Actor, ActorKind
from services import NAME
from tests.cast import call_cast
from tests.fakes.faces import ScriptedFaces
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET

if TYPE_CHECKING:
    from flask import Flask
    from schemathesis import AuthContext, Case

    from services import Services
    from settings import Settings

WHO = Actor(ActorKind.COMMAND, "test")
MUCH = 1_000_000
# Every page of ours sends it: without it a change by cookie is refused.
PAGE = {"X-Requested-With": "XMLHttpRequest"}
# Beside what the tool expects of right requests: 422 says that one is well formed and refused for what it means (a
# number that is nobody's, a consent to other words), 410 that what it asks for has ended.
CHECKS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "422", "429"]
"""


@dataclass
class Found:
    """What came of the requests. faults: what a check objected to, with an example each."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """An application on a database of its own with somebody in it: their cookie, and the ids of what is theirs."""

    app: Flask
    cookie: str
    known: dict[str, str]


def open_target(settings: Settings, wechat_url: str) -> Target:
    """Return the application to send to; `settings` name its folder."""
    changed = replace(
        settings,
        wechat_app_id=APP_ID,
        wechat_app_secret=APP_SECRET,
        wechat_api_base_url=wechat_url,
        miniprogram_app_id=PROGRAM_ID,
        miniprogram_app_secret=PROGRAM_SECRET,
        sessions_per_day=1000,
        rate_limit_address=MUCH,
        rate_limit_account=MUCH,
        rate_limit_login=MUCH,
        rate_limit_lookup=MUCH,
    )
    faces, now = ScriptedFaces(), datetime.now(UTC)
    app = create_app(changed, face_workers=faces)
    parts: Services = app.extensions[NAME]
    tables.upgrade(_engine(parts))
    with parts.transactions() as session:
        cast = call_cast(session, now=now)
        li, account = cast.grandma_li, cast.grandma_li_account
        report = faces.measure_photo(b"a photograph")
        add_reference(session, li, b"a photograph", report, store=parts.evidence, vault=parts.vault, actor=WHO, now=now)
        give_consent(session, account, li, actor=WHO, now=now)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account_id"] = str(account.id)
    found = client.get_cookie("session")
    if found is None:
        raise LookupError("no cookie")
    opened = client.post("/api/v1/certification-sessions", json={"retiree_id": str(li.id)}, headers=PAGE).get_json()
    path = f"/api/v1/certification-sessions/{opened['id']}/attempts"
    begun = client.post(path, json={"way": "stream"}, headers=PAGE).get_json()
    known = {"retiree_id": str(li.id), "session_id": opened["id"], "attempt_id": begun["id"]}
    return Target(app, found.value, known)


def _engine(parts: Services) -> Engine:
    if not isinstance(parts.database, Engine):
        raise TypeError("no database of its own")
    return parts.database


def send_generated(target: Target, each: int, seed_of_chance: int = 0) -> Found:
    """Send up to `each` right and as many wrong requests to every operation and check every answer.

    Every second right one is about what is there; generated ids are nobody's. Another seed, other requests.
    """
    schemathesis.serializer("video/mp4", "video/quicktime", "video/webm")(_whole)
    described = schemathesis.openapi.from_wsgi("/openapi.json", target.app, config=schemathesis.Config.from_str(CHECKS))
    _log_in(target.cookie)
    found = Found()
    for result in described.get_all_operations():
        if not isinstance(result, Ok):
            found.faults["the description"] = str(result.err())
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _send(result.ok(), mode, each, seed_of_chance, target.known, found)
    return found


def _log_in(cookie: str) -> None:
    """Let the tool log generated requests in itself, so that it knows which ones are."""

    class LoggedIn:
        def get(self, _case: Case[Any], _context: AuthContext) -> str:
            return cookie

        def set(self, case: Case[Any], data: str, _context: AuthContext) -> None:
            case.cookies = {"session": data}

    auths.unregister()
    schemathesis.auth()(LoggedIn)


def _whole(_context: object, value: Any) -> bytes | None:
    """Return a generated body as it is sent."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def _send(
    operation: Any, mode: GenerationMode, each: int, seed_of_chance: int, known: dict[str, str], found: Found
) -> None:
    @seed(seed_of_chance)
    @hypothesis_settings(
        max_examples=each,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        case.headers = CaseInsensitiveDict(dict((case.headers or {}).items()) | PAGE)
        if mode is GenerationMode.POSITIVE and found.requests % 2:
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
            if isinstance(case.body, dict) and "retiree_id" in case.body:
                case.body["retiree_id"] = known["retiree_id"]
        answer = case.call()
        found.requests += 1
        found.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer)
        except* Exception as failed:  # noqa: BLE001 - each is told
            for one in failed.exceptions:
                name = f"{operation.label}: {type(one).__name__} at {answer.status_code}"
                found.faults.setdefault(name, f"{one}\n{case.as_curl_command()[:400]}\n{answer.text[:300]}")

    # where nothing can be got wrong, there is nothing to send
    with suppress(Unsatisfiable):
        send()
