"""Tokens shared by processes: however many ask at once, WeChat is asked once."""

from __future__ import annotations

import base64
import multiprocessing
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bot.gateway import GatewaySettings, WechatGateway
from bot.tokens import DatabaseTokens, RedisTokens, Token, TokenKeeper
from clock import SystemClock
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from tests.conftest import DATA_KEY
from tests.databases import missing
from tests.fakes.clock import StandingClock
from tests.stand_in import Fault, StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from bot.tokens import TokenStore

PROCESSES = 8
LI = "oGrandmaLi_0001"
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
def redis() -> Iterator[Redis]:
    made = Redis.from_url(REDIS)
    try:
        made.ping()
    except RedisError:
        missing("Redis is not reachable (TEST_REDIS_URL, 127.0.0.1:6379): its half of the tests is left out")
    yield made
    for key in (f"access_token:{APP_ID}", f"access_token:{APP_ID}:lease", f"jsapi_ticket:{APP_ID}"):
        made.delete(key)
    made.close()


def store_of(kind: str, address: str) -> TokenStore:
    if kind == "redis":
        return RedisTokens(Redis.from_url(address), Vault(base64.b64decode(DATA_KEY)))
    return DatabaseTokens(Transactions(open_database(address)))


def ask(kind: str, address: str, api_url: str, start: Any, told: Any) -> None:
    """What one process does: wait for all, then need a token and a ticket; wait for all, then need one again."""
    install_vault(Vault(base64.b64decode(DATA_KEY)))
    settings = GatewaySettings(APP_ID, APP_SECRET, api_url, PROGRAM_ID, PROGRAM_SECRET)
    gateway = WechatGateway(settings, TokenKeeper(store_of(kind, address), SystemClock()))
    start.wait()
    told.put(gateway.jsapi_ticket())
    start.wait()
    told.put(gateway.union_id(LI))


def race(kind: str, address: str) -> StandIn:
    """Let several processes need a token and a ticket at one moment, and again when the token has become void."""
    context = multiprocessing.get_context("spawn")
    with StandIn() as api:
        api.union_ids[LI] = "uLi"
        api.fault = Fault(slow=0.2)  # so that all of them ask while one fetches
        start, told = context.Barrier(PROCESSES + 1), context.Queue()
        processes = [
            context.Process(target=ask, args=(kind, address, api.url, start, told), daemon=True)
            for _ in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        start.wait(timeout=60)
        assert {told.get(timeout=60) for _ in processes} == {"ticket of the stand-in"}
        assert api.token_requests == 1
        assert api.calls.count("GET /cgi-bin/ticket/getticket") == 1
        api.expire_tokens()
        start.wait(timeout=60)
        assert {told.get(timeout=60) for _ in processes} == {"uLi"}
        for process in processes:
            process.join()
        # none was refused more than once with the void token, and all went on with the same new one
        assert api.token_requests == 2
        assert PROCESSES < api.calls.count("GET /cgi-bin/user/info") <= 2 * PROCESSES
        assert set(api.shown[-PROCESSES:]) == {api.tokens[APP_ID]}
    return api


@pytest.mark.slow
def test_many_processes_on_one_database_ask_once(own_engine: Engine) -> None:
    race("database", own_engine.url.render_as_string(hide_password=False))


@pytest.mark.slow
def test_many_processes_on_one_redis_ask_once(redis: Redis) -> None:
    redis.delete(f"access_token:{APP_ID}", f"jsapi_ticket:{APP_ID}")
    api = race("redis", REDIS)
    kept = redis.get(f"access_token:{APP_ID}")
    assert isinstance(kept, bytes)
    assert APP_ID.encode() not in kept
    assert api.tokens[APP_ID][-100:].encode() not in kept


def test_a_token_is_renewed_early_by_one_while_it_still_serves_the_rest(
    transactions: Transactions, now: datetime
) -> None:
    clock = StandingClock(now)
    store = DatabaseTokens(transactions)
    keeper = TokenKeeper(store, clock)
    name, fetched = uuid4().hex, iter(["first", "second", "third"])

    def fetch() -> tuple[str, int]:
        return next(fetched), 7200

    assert [keeper.get(name, fetch) for _ in range(3)] == ["first"] * 3
    clock.advance(seconds=7200 - 299)
    assert store.lease(name, clock.now())
    assert keeper.get(name, fetch) == "first"
    store.write(name, Token("second", clock.now() + timedelta(seconds=7200)))
    assert keeper.get(name, fetch) == "second"
    # a holder that died holds nobody up for long
    clock.advance(seconds=7200)
    assert store.lease(name, clock.now())
    assert not store.lease(name, clock.now())
    clock.advance(seconds=21)
    assert keeper.get(name, fetch) == "second"


def test_only_the_very_token_that_was_refused_is_replaced(transactions: Transactions, now: datetime) -> None:
    keeper = TokenKeeper(DatabaseTokens(transactions), StandingClock(now))
    name, fetched = uuid4().hex, iter(["first", "second", "third"])

    def fetch() -> tuple[str, int]:
        return next(fetched), 7200

    assert keeper.get(name, fetch) == "first"
    assert keeper.get(name, fetch, bad="first") == "second"
    assert keeper.get(name, fetch, bad="first") == "second"
