"""The stand-in of WeChat's API refuses what WeChat refuses, or tests that lean on it would say nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from tests.stand_in import StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
LI = "oGrandmaLi_0001"
TEXT: dict[str, Any] = {"touser": LI, "msgtype": "text", "text": {"content": "您好"}}
NOTICE: dict[str, Any] = {
    "touser": LI,
    "template_id": "T1",
    "client_msg_id": "one",
    "data": {"thing1": {"value": "好"}},
}


class Caller:
    """Calls the API as it is documented, by nothing of ours."""

    def __init__(self, url: str) -> None:
        self._url = url
        asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET, "force_refresh": False}
        self.token = self.post("/cgi-bin/stable_token", asked)["access_token"]

    def get(self, path: str) -> Any:
        with urlopen(f"{self._url}{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> Any:
        sent = json.dumps(body, ensure_ascii=False).encode()
        with urlopen(Request(f"{self._url}{path}", data=sent), timeout=10) as answer:
            return json.load(answer)

    def send(self, kind: str, body: object) -> int:
        return int(self.post(f"/cgi-bin/message/{kind}/send?access_token={self.token}", body)["errcode"])


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as made:
        yield made


@pytest.fixture
def caller(api: StandIn) -> Caller:
    return Caller(api.url)


def test_five_messages_within_two_days_of_one_heard(api: StandIn, caller: Caller) -> None:
    moment = 0.0
    api.clock = lambda: moment
    caller = Caller(api.url)
    assert caller.send("custom", TEXT) == 45015
    api.heard_from(LI)
    assert [caller.send("custom", TEXT) for _ in range(6)] == [0] * 5 + [45015]
    api.heard_from(LI)
    moment = 48 * 3600 + 1
    assert Caller(api.url).send("custom", TEXT) == 45015


def test_three_messages_within_a_minute_of_a_tap(api: StandIn) -> None:
    moment = 0.0
    api.clock = lambda: moment
    caller = Caller(api.url)
    api.tapped(LI)
    assert [caller.send("custom", TEXT) for _ in range(4)] == [0, 0, 0, 45015]
    api.tapped(LI)
    moment = 61
    assert caller.send("custom", TEXT) == 45015


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "李桂香"}, 40003),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": "您好"}, 47001),
        ({"msgtype": "song"}, 40008),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "选", "list": [{"id": "a", "content": "好"}]}}, 40200),
        ({"text": {"content": "\\u60a8"}}, 40033),
    ],
)
def test_messages_that_wechat_refuses(api: StandIn, caller: Caller, changed: dict[str, Any], errcode: int) -> None:
    api.heard_from(LI)
    assert caller.send("custom", TEXT | changed) == errcode
    assert api.complaints == [("/cgi-bin/message/custom/send", errcode)]
    assert api.delivered == []


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"data": {"thing1": {"value": "字" * 20}}}, 0),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"thing1": {"value": ""}}}, 47003),
        ({"data": {"thing1": "好"}}, 47003),
        ({"data": {}}, 47003),
        ({"client_msg_id": "x" * 33}, 40097),
        ({"url": "javascript:1"}, 40048),
        ({"template_id": ""}, 40037),
    ],
)
def test_template_messages_that_wechat_refuses(caller: Caller, changed: dict[str, Any], errcode: int) -> None:
    assert caller.send("template", NOTICE | changed) == errcode


def test_wrong_tokens_methods_paths_and_secrets(api: StandIn, caller: Caller) -> None:
    right = f"?access_token={caller.token}"
    assert caller.get("/cgi-bin/tags/get?access_token=another")["errcode"] == 40001
    assert caller.post(f"/cgi-bin/tags/get{right}", {})["errcode"] == 43001
    assert caller.get(f"/cgi-bin/message/custom/send{right}")["errcode"] == 43002
    assert caller.get(f"/cgi-bin/elsewhere{right}")["errcode"] == 40066
    asked = {"grant_type": "client_credential", "appid": PROGRAM_ID, "secret": APP_SECRET, "force_refresh": False}
    assert caller.post("/cgi-bin/stable_token", asked)["errcode"] == 40125
    program = caller.post("/cgi-bin/stable_token", asked | {"secret": PROGRAM_SECRET})["access_token"]
    assert caller.get(f"/cgi-bin/tags/get?access_token={program}")["errcode"] == 40001
    later = api.clock() + api.token_seconds + 1
    api.clock = lambda: later
    assert caller.get(f"/cgi-bin/tags/get{right}")["errcode"] == 42001


def test_a_quota_ends(api: StandIn, caller: Caller) -> None:
    api.quota = 1
    assert [caller.send("template", NOTICE) for _ in range(2)] == [0, 45009]


@contextmanager
def by_itself() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stand_in", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.communicate()


def test_a_process_of_its_own_is_told_over_http_what_to_do() -> None:
    with by_itself() as url:
        caller = Caller(url)
        caller.post("/_control", {"heard_from": [LI], "fault": {"errcode": -1, "times": 1}})
        assert [caller.send("custom", TEXT) for _ in range(2)] == [-1, 0]
        seen = caller.post("/_control", {"fault": {}})
        assert [(one["openid"], one["kind"], one["content"]["text"]) for one in seen["delivered"]] == [
            (LI, "text", "您好")
        ]
        assert seen["token_requests"] == 1
