"""Pictures pass Flask by where they come as our page sends them; whatever else comes is answered as by any view."""

from __future__ import annotations

import gc
import logging
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from flask import request_started
from flask.globals import request_ctx

from api.guards import STAFF_COOKIE
from api.uploads import FRAME_BYTES
from models import Account, AttemptFrame, OutboxMessage
from models.account import AccountKind
from services import NAME
from tests.rows import count, refusals
from tests.web.conftest import PAGE

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from models.session import Transactions
    from tests.cast import Cast
    from tests.fakes.faces import ScriptedFaces
    from tests.web.conftest import Phone


def send(phone: Phone, content: bytes = b"seen", changes: dict[str, str | None] | None = None) -> TestResponse:
    """Send a picture as the page does, but for some headers; None leaves one out."""
    headers: dict[str, str | None] = {**PAGE, "Attempt-Nonce": phone.nonce, "Frame-Number": "0"}
    headers |= {"Content-Type": "image/jpeg"} | (changes or {})
    kept = {name: value for name, value in headers.items() if value is not None}
    return phone.client.post(f"/api/v1/attempts/{phone.attempt_id}/frames", data=content, headers=kept)


@pytest.fixture
def begun(li: Phone) -> Phone:
    li.open()
    li.begin()
    return li


def through_flask(phone: Phone) -> None:
    """Let what the phone sends be such that Flask sees to it: a browser in which staff have logged in, too."""
    phone.client.set_cookie(STAFF_COOKIE, "of another time")


def test_it_answers_as_flask_does(app: Flask, begun: Phone) -> None:
    seen_by_flask: list[Flask] = []
    with request_started.connected_to(seen_by_flask.append, app):
        passing_by = send(begun, b"waiting 0")
        assert not seen_by_flask
        through_flask(begun)
        whole = send(begun, b"waiting 1", {"Frame-Number": "1"})
        assert seen_by_flask
    assert passing_by.status_code == whole.status_code == 200
    assert passing_by.get_json() == whole.get_json()
    assert passing_by.data == whole.data
    one, other = ({**answer.headers, "X-Request-ID": ""} for answer in (passing_by, whole))
    assert one == other


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Attempt-Nonce": None}, 422, "malformed"),
        ({"Attempt-Nonce": "n" * 65}, 422, "malformed"),
        ({"Frame-Number": None}, 422, "malformed"),
        ({"Frame-Number": "-1"}, 422, "malformed"),
        ({"Frame-Number": "first"}, 422, "malformed"),
        ({"Frame-Number": "100001"}, 422, "malformed"),
        ({"Attempt-Nonce": "another"}, 403, "frame_foreign"),
        ({"X-Requested-With": None}, 403, "cross_site"),
        ({"Authorization": "Bearer nobody's"}, 401, "not_signed_in"),
    ],
)
@pytest.mark.parametrize("by_flask", [False, True])
def test_what_is_not_as_it_should_be_is_refused(
    begun: Phone, changes: dict[str, str | None], status: int, code: str, *, by_flask: bool, faces: ScriptedFaces
) -> None:
    if by_flask:
        through_flask(begun)
    answer = send(begun, changes=changes)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert faces.looked_at == 0


def test_a_forged_cookie_names_nobody(begun: Phone, transactions: Transactions) -> None:
    begun.client.set_cookie("session", "eyJhY2NvdW50X2lkIjoiMSJ9.forged.forged")
    assert send(begun).status_code == 401
    assert count(transactions, AttemptFrame) == 0


def test_places_beyond_the_fast_ones_are_places(begun: Phone) -> None:
    assert send(begun, changes={"Frame-Number": "100000"}).status_code == 200


def test_a_picture_that_is_too_large_is_not_read(begun: Phone, transactions: Transactions) -> None:
    answer = send(begun, bytes(FRAME_BYTES + 1))
    assert (answer.status_code, answer.get_json()["code"]) == (413, "file_too_large")
    assert send(begun, b"seen" + bytes(FRAME_BYTES - 4)).status_code == 200
    assert count(transactions, AttemptFrame) == 1


def test_no_other_name_is_answered(app: Flask, begun: Phone, transactions: Transactions) -> None:
    app.config["TRUSTED_HOSTS"] = ["ours.example"]
    assert send(begun).status_code == 400
    assert count(transactions, AttemptFrame) == 0
    app.config["TRUSTED_HOSTS"] = ["ours.example", "localhost"]
    assert send(begun).status_code == 200


def test_an_attempt_that_is_none_is_nobodys(begun: Phone) -> None:
    answer = send(replace(begun, attempt_id=str(uuid4())))
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_yours")
    assert send(replace(begun, attempt_id="1")).status_code == 404
    assert begun.client.get(f"/api/v1/attempts/{begun.attempt_id}/frames").status_code == 405


def test_what_came_of_a_picture_is_told_once(begun: Phone, transactions: Transactions, faces: ScriptedFaces) -> None:
    for content, code in ((b"garbage", "frame_unreadable"), (b"busy", "face_busy"), (b"crash", "frame_crashed")):
        assert send(begun, content).get_json()["code"] == code
    assert refusals(transactions) == {"unreadable": 1, "crashed": 1}
    assert begun.finish().get_json()["outcome"]["result"] == "certified"
    assert faces.looked_at == 3 + begun.steps


def test_nothing_of_a_refused_picture_is_kept(app: Flask, begun: Phone) -> None:
    seen: list[weakref.ref[object]] = []

    def look(_app: Flask, **_more: object) -> None:
        seen.append(weakref.ref(request_ctx.request))

    with request_started.connected_to(look, app):
        for _ in range(3):
            send(begun, changes={"Attempt-Nonce": "another"})
    gc.collect()
    assert len(seen) == 3
    assert all(one() is None for one in seen)


def test_each_has_one_line_under_its_own_id(begun: Phone, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "access"):
        going = send(begun, b"waiting 0", {"X-Request-ID": "of-the-proxy-1"})
        refused = send(begun, b"garbage", {"X-Request-ID": "of-the-proxy-2", "Frame-Number": "1"})
    assert going.headers["X-Request-ID"] == "of-the-proxy-1"
    assert refused.headers["X-Request-ID"] == "of-the-proxy-2"
    lines = [one.__dict__ for one in caplog.records if one.name == "access"]
    route = "/api/v1/attempts/<uuid:attempt_id>/frames"
    told = [("POST", route, 200), ("POST", route, 422)]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == told


def test_messages_of_an_ending_are_sent_at_once(
    app: Flask, cast: Cast, begun: Phone, transactions: Transactions
) -> None:
    asked: list[str] = []
    app.extensions[NAME] = replace(app.extensions[NAME], ask=asked.append)
    with transactions() as session:
        account = session.get_one(Account, cast.grandma_li_account.id)
        account.kind, account.openid = AccountKind.WECHAT, "oGrandmaLi_0000001"
    begun.finish()
    assert count(transactions, OutboxMessage) > 0
    assert asked == ["send_due"]
