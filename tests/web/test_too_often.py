"""Whoever asks too often waits: by address, by account, by route, and in all processes together."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis

from api.guards import STAFF_COOKIE
from app import create_app
from tests.databases import missing
from tests.fakes.faces import ScriptedFaces
from tests.web.conftest import PAGE, log_in
from tests.weixin import Chat, Weixin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Connection

    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock

Make = "Callable[..., Flask]"


@pytest.fixture
def make(settings: Settings, connection: Connection) -> Callable[..., Flask]:
    def made(**changes: object) -> Flask:
        return create_app(replace(settings, **changes), database=connection, face_workers=ScriptedFaces())  # type: ignore[arg-type]  # of any settings

    return made


@pytest.fixture
def redis_url() -> Iterator[str]:
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    redis = Redis.from_url(url)
    try:
        redis.ping()
    except NoRedis:
        missing("Redis is not reachable (TEST_REDIS_URL, 127.0.0.1:6379): limits that processes share are left out")
    yield url
    for key in redis.scan_iter("LIMITS:*requests*"):
        redis.delete(key)
    redis.close()


def test_an_address_that_asks_too_often_is_told_how_long_to_wait(make: Callable[..., Flask]) -> None:
    client = make(rate_limit_address=5).test_client()
    for _ in range(5):
        assert client.get("/verify").status_code == 200
    page = client.get("/verify")
    assert page.status_code == 429
    wait = int(page.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert f"请等{wait}秒" in page.get_data(as_text=True)
    answer = client.get("/api/v1/receipts/2025-ABCD-EFGH-JKMN")
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too_often")
    assert answer.content_type == "application/problem+json"
    # another address, and who asks how we are, are served
    assert client.get("/verify", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_wechats_servers_are_never_turned_away_for_asking_often(
    make: Callable[..., Flask], settings: Settings, clock: StandingClock
) -> None:
    clock.set(datetime.now(UTC))  # the application goes by the machine's
    weixin = Weixin(make(rate_limit_address=2, rate_limit_account=2).test_client(), settings, clock)
    chat = Chat(weixin, "oSomebodyWhoTypes")
    assert all(chat.say("菜单") for _ in range(4))


@pytest.mark.usefixtures("cast")
def test_an_account_counts_from_whichever_address(make: Callable[..., Flask], cast: Cast) -> None:
    app = make(rate_limit_account=4)
    li = log_in(app, cast.grandma_li_account, cast.grandma_li).client
    for turn in range(4):
        assert li.get("/api/v1/me", environ_base={"REMOTE_ADDR": f"10.0.0.{turn}"}).status_code == 200
    assert li.get("/api/v1/me", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 429
    daughter = log_in(app, cast.daughter, cast.old_zhou).client
    assert daughter.get("/api/v1/me").status_code == 200


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("said", ["nothing", "staff", "token"])
def test_an_account_counts_whatever_else_is_said(make: Callable[..., Flask], cast: Cast, said: str) -> None:
    app = make(rate_limit_account=10)
    li = log_in(app, cast.grandma_li_account, cast.grandma_li).client

    def ask() -> int:
        if said == "staff":
            li.set_cookie(STAFF_COOKIE, uuid4().hex)
        headers = {"Authorization": f"Bearer {uuid4().hex}"} if said == "token" else {}
        return li.get("/api/v1/me", headers=headers).status_code

    statuses = [ask() for _ in range(40)]
    assert statuses.index(429) == 10
    assert statuses.count(429) == 30


def test_frames_of_nobody_count_by_address(make: Callable[..., Flask]) -> None:
    client = make(rate_limit_address=20).test_client()

    def send() -> int:
        headers = {"Authorization": f"Bearer {uuid4().hex}", "Attempt-Nonce": "none", "Frame-Number": "0"}
        return client.post(f"/api/v1/attempts/{uuid4()}/frames", data=b"x", headers=headers).status_code

    assert [send() for _ in range(100)] == [401] * 20 + [429] * 80


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/staff/login", {"login": "nobody", "password": "wrong"}),
        ("/h5/link/notoken", {}),
    ],
)
def test_passwords_and_links_are_not_tried_one_after_the_other(
    make: Callable[..., Flask], path: str, body: dict[str, str]
) -> None:
    client = make(rate_limit_login=3).test_client()
    statuses = [client.post(path, data=body).status_code for _ in range(5)]
    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]


def test_receipts_are_not_counted_up(make: Callable[..., Flask]) -> None:
    client = make(rate_limit_lookup=3).test_client()
    numbers = [f"2025-ABCD-EFGH-JKM{last}" for last in "NPQRS"]
    assert [client.get(f"/verify/{number}").status_code for number in numbers] == [404, 404, 404, 429, 429]


@pytest.mark.usefixtures("cast")
def test_frames_count_by_account_alone(make: Callable[..., Flask], cast: Cast) -> None:
    app = make(rate_limit_address=2, rate_limit_account=6)
    phone = log_in(app, cast.grandma_li_account, cast.grandma_li).client
    headers = PAGE | {"Attempt-Nonce": "none", "Frame-Number": "0"}

    def send() -> int:
        # a cookie of staff, made up anew each time, names nobody else
        phone.set_cookie(STAFF_COOKIE, uuid4().hex)
        return phone.post(f"/api/v1/attempts/{uuid4()}/frames", data=b"x", headers=headers).status_code

    assert [send() for _ in range(6)] == [404] * 6
    assert send() == 429


def test_all_processes_count_together_in_redis(make: Callable[..., Flask], redis_url: str) -> None:
    first, second = (make(rate_limit_address=6, redis_url=redis_url).test_client() for _ in range(2))
    here = {"REMOTE_ADDR": f"test-{uuid4().hex[:8]}"}
    statuses = [client.get("/verify", environ_base=here).status_code for client in (first, second) * 4]
    assert statuses.count(200) == 6
    assert statuses[-2:] == [429, 429]


def test_a_redis_that_is_gone_closes_no_door(make: Callable[..., Flask]) -> None:
    client = make(rate_limit_address=3, redis_url="redis://127.0.0.1:1/0").test_client()
    statuses = [client.get("/verify").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
