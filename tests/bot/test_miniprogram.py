"""A mini-program's calls in order, against the stand-in of WeChat; and whoever must not get through."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from sqlalchemy import select

from certification.consents import BIOMETRIC_VERSION, PERSONAL_VERSION
from models import Account, Certification, LoginToken, WechatVerification
from models.account import AccountKind
from services import NAME
from settings import FaceWay
from tests.bot.talk import bind, code_for
from tests.rows import count
from tests.stand_in import Fault
from words import WECHAT_ADVICE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from services import Services
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.stand_in import StandIn
    from tests.weixin import Chat

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "mini-program.md"
OPENID = "pGrandmaLi_0001"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HIDDEN = {
    "token": "TOKEN",
    "nonce": "NONCE",
    "verify_id": "VERIFY-ID",
    "expires_at": "MOMENT",
    "certified_at": "MOMENT",
    "signature": "SIGNATURE",
    "code": "CODE",
    "receipt": "RECEIPT-PAGE",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of an operator who is entitled to WeChat's face verification."""
    return replace(settings, face_in_miniprogram=FaceWay.WECHAT)


@dataclass
class Program:
    """The mini-program on grandma Li's phone."""

    client: FlaskClient
    api: StandIn
    openid: str = OPENID
    token: str = ""
    recorded: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, record: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        if record:
            self._check(method, path, answer)
            self.recorded[record] = self._written(method, path, body, answer)
        return answer

    def log_in(self, **how: Any) -> TestResponse:
        self.api.programs["code of wx.login"] = {"openid": self.openid, "session_key": "k", "unionid": "uLi"}
        answer = self.call("POST", "/logins", {"code": "code of wx.login"}, **how)
        self.token = answer.get_json().get("token", "")
        return answer

    def begin(self, retiree_id: str, **how: str) -> str:
        body = {"retiree_id": retiree_id, "with_helper": False}
        session = self.call("POST", "/certification-sessions", body, record=how.get("session", ""))
        assert session.status_code == 201, session.get_json()
        path = f"/certification-sessions/{session.get_json()['id']}/attempts"
        attempt = self.call("POST", path, {"way": "wechat"}, record=how.get("attempt", ""))
        assert attempt.status_code == 201, attempt.get_json()
        return str(attempt.get_json()["id"])

    def _check(self, method: str, path: str, answer: TestResponse) -> None:
        """Hold an answer against the OpenAPI document."""
        described = self.client.get("/openapi.json").get_json()
        route = next(
            one for one in described["paths"] if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", one), f"/api/v1{path}")
        )
        told = described["paths"][route][method.lower()]["responses"][str(answer.status_code)]
        if "content" in told:
            schema = told["content"]["application/json"]["schema"] | {"components": described["components"]}
            jsonschema.validate(answer.get_json(), schema)
        else:
            assert answer.data in {b"", b"null\n"}

    def _written(self, method: str, path: str, body: dict[str, Any] | None, answer: TestResponse) -> str:
        lines = ["```http", f"{method} /api/v1{UUID.sub('ID', _hide(path))}"]
        lines += [] if body is None else ["", _shown(body)]
        lines += ["```", "", "```http", f"{answer.status_code}"]
        lines += ["", _shown(answer.get_json())] if answer.data and answer.is_json and answer.get_json() else []
        return "\n".join([*lines, "```"])


def _shown(value: Any) -> str:
    return UUID.sub("ID", json.dumps(_hide(value), ensure_ascii=False, indent=2))


def _hide(value: Any) -> Any:
    if isinstance(value, list):
        return [_hide(one) for one in value]
    if not isinstance(value, dict):
        text = re.sub(r"\b20\d\d(-[2-9A-HJ-NP-Z]{4}){3}\b", "RECEIPT", str(value))
        return re.sub(r"\bB\d{4}-\d{8}\b", "NUMBER", text) if isinstance(value, str) else value
    return {
        name: HIDDEN[name] if name in HIDDEN and isinstance(one, str) else _hide(one) for name, one in value.items()
    }


@pytest.fixture
def program(app: Flask, api: StandIn) -> Program:
    return Program(app.test_client(), api)


def confirmed(program: Program, parts: Services, cast: Cast) -> str:
    """Log in, bind and confirm; return the retiree's id."""
    program.log_in()
    claim = {"relation": "self", "name": "李桂香", "id_number": cast.grandma_li.id_number}
    program.call("POST", "/bindings", claim | {"consent_version": PERSONAL_VERSION})
    program.call("POST", "/bindings/code", {"code": code_for(parts, cast.grandma_li)})
    (seen,) = program.call("GET", "/me").get_json()["retirees"]
    assert seen["confirmed"]
    retiree_id = str(seen["id"])
    program.call("PUT", f"/retirees/{retiree_id}/consent", {"version": BIOMETRIC_VERSION})
    return retiree_id


def test_the_calls_in_order_are_the_documented_ones(program: Program, parts: Services, cast: Cast) -> None:
    program.log_in(record="login")
    claim = {"relation": "self", "name": "李桂香", "id_number": cast.grandma_li.id_number}
    program.call("POST", "/bindings", claim | {"consent_version": PERSONAL_VERSION}, record="bind")
    program.call("POST", "/bindings/code", {"code": code_for(parts, cast.grandma_li)}, record="code")
    (li,) = program.call("GET", "/me", record="me").get_json()["retirees"]
    program.call("PUT", f"/retirees/{li['id']}/consent", {"version": BIOMETRIC_VERSION}, record="consent")
    program.call("POST", f"/retirees/{li['id']}/assistance", {"place": "window"}, record="help")
    attempt = program.begin(li["id"], session="session", attempt="attempt")
    program.call("POST", f"/attempts/{attempt}/verify-id", record="verify")
    outcome = program.call("POST", f"/attempts/{attempt}/verify-result", record="result").get_json()["outcome"]
    assert outcome["result"] == "certified"
    program.call("GET", f"/receipts/{outcome['receipt_number']}", record="receipt")
    program.call("DELETE", "/logins/current", record="logout")
    assert program.call("GET", "/me").status_code == 401
    written = DOCUMENT.read_text()
    for name, block in program.recorded.items():
        pattern = re.compile(rf"<!-- {name} -->\n(?:\n```http\n.*?```\n\n```http\n.*?```\n)?", re.DOTALL)
        assert len(pattern.findall(written)) == 1, name
        (old,) = pattern.findall(written)
        written = written.replace(old, f"<!-- {name} -->\n\n{block}\n")
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(written)
    assert DOCUMENT.read_text() == written


def test_wechats_word_alone_certifies_and_only_once(
    program: Program, parts: Services, cast: Cast, api: StandIn
) -> None:
    attempt = program.begin(confirmed(program, parts, cast))
    assert program.call("POST", f"/attempts/{attempt}/verify-result").status_code == 404
    verify_id = program.call("POST", f"/attempts/{attempt}/verify-id").get_json()["verify_id"]
    assert program.call("POST", f"/attempts/{attempt}/verify-id").status_code == 410
    answer = program.call("POST", f"/attempts/{attempt}/verify-result").get_json()
    assert (answer["phase"], answer["outcome"]["result"]) == ("ended", "certified")
    assert program.call("POST", f"/attempts/{attempt}/verify-result").status_code == 410
    assert count(parts.transactions, Certification) == 1
    assert api.verifications[verify_id]["openid"] == OPENID
    with parts.transactions() as session:
        row = session.scalars(select(WechatVerification)).one()
        assert (row.errcode, row.verify_ret) == (0, 10000)
        raw = session.connection().exec_driver_sql("SELECT verify_id FROM wechat_verifications").scalar()
        assert verify_id.encode() not in bytes(raw or b"")


@pytest.mark.parametrize(
    ("verify_ret", "advice"),
    [
        (90001, "other_phone"),
        (90002, "stopped"),
        (90006, "stopped"),
        (90007, "network"),
        (90008, "allow_camera"),
        (90010, "allow_camera"),
        (90011, "face_phone"),
        (90017, "more_time"),
        (90109, "other_phone"),
        (90199, "once_more"),
        (0, "once_more"),
        (10001, "once_more"),
    ],
)
def test_every_other_result_is_plain_advice(
    program: Program, parts: Services, cast: Cast, api: StandIn, verify_ret: int, advice: str
) -> None:
    attempt = program.begin(confirmed(program, parts, cast))
    program.call("POST", f"/attempts/{attempt}/verify-id")
    api.verify_ret = verify_ret
    outcome = program.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]
    assert (outcome["result"], outcome["advice"]) == ("retry", {"code": advice, "text": WECHAT_ADVICE[advice]})
    assert count(parts.transactions, Certification) == 0


def test_an_error_of_wechat_certifies_nobody(program: Program, parts: Services, cast: Cast, api: StandIn) -> None:
    attempt = program.begin(confirmed(program, parts, cast))
    program.call("POST", f"/attempts/{attempt}/verify-id")
    api.fault = Fault(status=503)
    busy = program.call("POST", f"/attempts/{attempt}/verify-result")
    assert (busy.status_code, busy.get_json()["code"], busy.get_json()["retryable"]) == (503, "wechat_busy", True)
    api.fault = Fault(errcode=84001, times=1)
    outcome = program.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]
    assert (outcome["result"], outcome["advice"]["code"]) == ("retry", "once_more")
    assert count(parts.transactions, Certification) == 0


def test_the_third_failure_ends_at_the_community(program: Program, parts: Services, cast: Cast, api: StandIn) -> None:
    retiree_id = confirmed(program, parts, cast)
    api.verify_ret = 90013
    body = {"retiree_id": retiree_id, "with_helper": False}
    session = program.call("POST", "/certification-sessions", body).get_json()["id"]
    results = []
    for _ in range(3):
        attempt = program.call("POST", f"/certification-sessions/{session}/attempts", {"way": "wechat"}).get_json()[
            "id"
        ]
        program.call("POST", f"/attempts/{attempt}/verify-id")
        results.append(program.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"])
    assert [one["result"] for one in results] == ["retry", "retry", "refused"]
    assert results[-1]["ticket"]["number"].startswith("B")


def test_nobody_elses_phone_can_finish_a_check(
    app: Flask, program: Program, parts: Services, cast: Cast, api: StandIn
) -> None:
    attempt = program.begin(confirmed(program, parts, cast))
    program.call("POST", f"/attempts/{attempt}/verify-id")
    other = Program(app.test_client(), api, openid="pStranger_01")
    api.programs["x"] = {"openid": other.openid, "session_key": "k"}
    other.token = other.call("POST", "/logins", {"code": "x"}).get_json()["token"]
    for path in ("verify-result", "verify-id"):
        assert other.call("POST", f"/attempts/{attempt}/{path}").status_code == 404
    assert count(parts.transactions, Certification) == 0


def test_our_own_engine_is_not_to_be_had_inside_the_program(
    app: Flask, program: Program, parts: Services, cast: Cast
) -> None:
    retiree_id = confirmed(program, parts, cast)
    session = program.call("POST", "/certification-sessions", {"retiree_id": retiree_id}).get_json()["id"]
    refused = program.call("POST", f"/certification-sessions/{session}/attempts", {"way": "stream"})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "other_way")
    found = app.extensions[NAME]
    object.__setattr__(found, "settings", replace(found.settings, face_in_miniprogram=FaceWay.PAGE))
    for way in ("wechat", "stream", "upload"):
        refused = program.call("POST", f"/certification-sessions/{session}/attempts", {"way": way})
        assert refused.get_json()["code"] == "other_way"


def test_a_token_ends_by_itself_and_is_kept_by_nobody(program: Program, parts: Services, clock: StandingClock) -> None:
    program.log_in()
    assert program.call("GET", "/me").status_code == 200
    with parts.transactions() as session:
        raw = str(session.connection().exec_driver_sql("SELECT * FROM login_tokens").all())
    assert program.token not in raw
    assert OPENID not in raw
    clock.advance(minutes=121)
    assert program.call("GET", "/me").status_code == 401
    assert count(parts.transactions, LoginToken) == 1
    program.token = "made up"
    assert program.call("GET", "/me").status_code == 401


def test_a_used_or_unknown_code_logs_nobody_in(program: Program) -> None:
    assert program.log_in().status_code == 201
    program.token = ""
    answer = program.call("POST", "/logins", {"code": "code of wx.login"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "login_stale")
    assert program.call("POST", "/logins", {}).status_code == 422


def test_the_union_id_joins_the_program_with_the_chat(
    li: Chat, program: Program, parts: Services, cast: Cast, api: StandIn
) -> None:
    bind(li, parts, cast.grandma_li)
    api.oauth["page"] = {"openid": li.openid, "unionid": "uLi"}
    page = li.weixin.client.application.test_client()
    begun = page.get("/h5/enter")
    state = re.search(r"state=([^&#]+)", begun.headers["Location"])
    assert state
    assert page.get(f"/h5/entered?code=page&state={state[1]}").status_code == 302
    program.log_in()
    (seen,) = program.call("GET", "/me").get_json()["retirees"]
    assert seen["masked_name"] == "李*香"
    with parts.transactions() as session:
        joined = session.scalars(select(Account).where(Account.kind == AccountKind.MINIPROGRAM)).one()
        assert joined.joined_to_id is not None


def test_a_login_on_the_pages_is_bound_to_its_browser(li: Chat, app: Flask, api: StandIn, parts: Services) -> None:
    del parts
    victim, attacker = app.test_client(), app.test_client()
    location = attacker.get(f"/h5/enter?who={'0' * 8}-0000-0000-0000-{'0' * 12}").headers["Location"]
    assert "scope=snsapi_base" in location
    state = re.search(r"state=([^&#]+)", location)
    assert state
    api.oauth["code"] = {"openid": li.openid}
    assert victim.get(f"/h5/entered?code=code&state={state[1]}").status_code == 401
    assert victim.get("/h5/entered?code=code&state=").status_code == 401
    assert "code" in api.oauth, "nobody was asked"
    assert attacker.get(f"/h5/entered?code=code&state={state[1]}").status_code == 302
    assert attacker.get(f"/h5/entered?code=code&state={state[1]}").status_code == 401


def test_a_made_up_visitor_of_wechat_is_nobody(li: Chat, app: Flask, api: StandIn) -> None:
    del li
    page = app.test_client()
    state = re.search(r"state=([^&#]+)", page.get("/h5/enter").headers["Location"])
    assert state
    api.oauth["snapshot"] = {"openid": "oVisitor", "is_snapshotuser": 1}
    answer = page.get(f"/h5/entered?code=snapshot&state={state[1]}")
    assert answer.status_code == 422
    assert "使用完整服务" in answer.get_data(as_text=True)
    assert page.get("/api/v1/me").status_code == 401


def test_only_our_own_pages_are_signed(program: Program, parts: Services) -> None:
    program.log_in()
    own = f"{parts.settings.public_base_url}/h5/certify?who=x"
    signed = program.client.get(
        "/api/v1/js-sdk", query_string={"url": own}, headers={"Authorization": f"Bearer {program.token}"}
    )
    assert signed.status_code == 200
    assert len(signed.get_json()["signature"]) == 40
    for other in ("http://evil.example/", f"{own}#x", "http://localhost:8000.evil.example/"):
        refused = program.client.get(
            "/api/v1/js-sdk", query_string={"url": other}, headers={"Authorization": f"Bearer {program.token}"}
        )
        assert refused.status_code == 422, other
