"""Where processes share tokens: the same promises from either database and from Redis."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from bot.tokens import EARLY, LEASE, DatabaseTokens, RedisTokens, Token, TokenKeeper
from clock import SystemClock
from models.session import Transactions
from models.vault import Vault
from tests.databases import KINDS, missing, scratch_engine
from tests.fakes.clock import StandingClock
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.tokens import TokenStore

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
LIFE = 7200


@pytest.fixture
def name() -> str:
    return f"access_token:{uuid4().hex}"


@pytest.fixture
def redis(name: str) -> Iterator[Redis]:
    made = Redis.from_url(REDIS)
    try:
        made.ping()
    except RedisError:
        missing("Redis is not reachable (TEST_REDIS_URL, 127.0.0.1:6379): its half of the tests is left out")
    yield made
    made.delete(name, f"{name}:lease")
    made.close()


@pytest.fixture(params=[*KINDS, "redis"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[Callable[[], TokenStore]]:
    """What makes a store as each process has its own, all on the same place."""
    if request.param == "redis":
        redis = request.getfixturevalue("redis")
        yield lambda: RedisTokens(redis, vault)
        return
    with scratch_engine(request.param, tmp_path) as engine:
        yield lambda: DatabaseTokens(Transactions(engine))


@pytest.fixture
def present() -> StandingClock:
    """A clock that stands now: Redis forgets by its own."""
    return StandingClock(SystemClock().now())


class Source:
    """Gives out T1, T2, ...; or refuses, or dies."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None

    def __call__(self) -> tuple[str, int]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return f"T{self.asked}", LIFE


@pytest.fixture
def source() -> Source:
    return Source()


def test_a_token_is_fetched_once_and_shared(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    assert [TokenKeeper(make_store(), present).get(name, source) for _ in range(3)] == ["T1", "T1", "T1"]
    kept = make_store().read(name)
    assert kept is not None
    assert (kept.value, round((kept.expires_at - present.now()).total_seconds())) == ("T1", LIFE)


def test_512_characters_are_kept_whole(make_store: Callable[[], TokenStore], name: str, present: StandingClock) -> None:
    long = "长" * 12 + "x" * 500
    assert TokenKeeper(make_store(), present).get(name, lambda: (long, LIFE)) == long
    assert TokenKeeper(make_store(), present).get(name, Source()) == long


def test_tokens_of_several_names_do_not_mix(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    keeper = TokenKeeper(make_store(), present)
    assert keeper.get(name, source) == "T1"
    assert make_store().read(f"{name}:other") is None


def test_a_token_is_renewed_in_the_last_minutes_of_its_life(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    keeper = TokenKeeper(make_store(), present)
    keeper.get(name, source)
    present.advance(seconds=LIFE - EARLY.total_seconds() - 1)
    assert keeper.get(name, source) == "T1"
    present.advance(seconds=2)
    assert keeper.get(name, source) == "T2"


def test_the_old_token_serves_while_another_process_fetches(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    keeper, other = TokenKeeper(make_store(), present, wait_seconds=0.2), make_store()
    keeper.get(name, source)
    present.advance(seconds=LIFE - EARLY.total_seconds() + 1)
    assert other.lease(name, present.now())
    assert keeper.get(name, source) == "T1"
    assert source.asked == 1


def test_the_old_token_serves_while_no_new_one_can_be_had(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    keeper = TokenKeeper(make_store(), present)
    keeper.get(name, source)
    present.advance(seconds=LIFE - EARLY.total_seconds() + 1)
    source.failure = WechatRefused(-1, Trouble.BUSY)
    assert keeper.get(name, source) == "T1"
    assert source.asked == 2
    with pytest.raises(WechatRefused):
        keeper.get(name, source, bad="T1")


def test_only_the_very_token_that_was_refused_is_replaced(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    one, two = TokenKeeper(make_store(), present), TokenKeeper(make_store(), present)
    assert one.get(name, source) == "T1"
    assert one.get(name, source, bad="T1") == "T2"
    assert two.get(name, source, bad="T1") == "T2"
    assert source.asked == 2


def test_nobody_waits_for_ever_for_another_process(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source
) -> None:
    assert make_store().lease(name, present.now())
    with pytest.raises(WechatRefused) as refused:
        TokenKeeper(make_store(), present, wait_seconds=0.2).get(name, source)
    assert refused.value.trouble is Trouble.BUSY
    assert source.asked == 0


@pytest.mark.parametrize("failure", [WechatRefused(40125, Trouble.WRONG), KeyError("an error of ours")])
def test_a_fetch_that_fails_holds_nobody_up(
    make_store: Callable[[], TokenStore], name: str, present: StandingClock, source: Source, failure: Exception
) -> None:
    source.failure = failure
    with pytest.raises(type(failure)):
        TokenKeeper(make_store(), present).get(name, source)
    source.failure = None
    assert TokenKeeper(make_store(), present, wait_seconds=0.2).get(name, source) == "T2"


def test_one_lease_at_a_time(make_store: Callable[[], TokenStore], name: str, present: StandingClock) -> None:
    first, second = make_store(), make_store()
    assert first.lease(name, present.now())
    assert not second.lease(name, present.now())
    first.release(name)
    assert second.lease(name, present.now())


@pytest.fixture
def lose_lease(name: str, present: StandingClock) -> Callable[[TokenStore], None]:
    """Let the time of a lease go by: the clock's, and Redis's own."""

    def lose(store: TokenStore) -> None:
        present.advance(seconds=LEASE.total_seconds() + 1)
        if isinstance(store, RedisTokens):
            redis = Redis.from_url(REDIS)
            left = redis.pttl(f"{name}:lease")
            assert isinstance(left, int)
            assert 0 < left <= LEASE.total_seconds() * 1000, "a lease ends by itself"
            redis.delete(f"{name}:lease")
            redis.close()

    return lose


def test_a_holder_that_died_holds_nobody_up_for_long(
    make_store: Callable[[], TokenStore],
    name: str,
    present: StandingClock,
    source: Source,
    lose_lease: Callable[[TokenStore], None],
) -> None:
    dead = make_store()
    assert dead.lease(name, present.now())
    lose_lease(dead)
    assert TokenKeeper(make_store(), present, wait_seconds=0.2).get(name, source) == "T1"


def test_a_holder_that_was_too_slow_changes_nothing_of_its_successor(
    make_store: Callable[[], TokenStore],
    name: str,
    present: StandingClock,
    lose_lease: Callable[[TokenStore], None],
) -> None:
    slow, successor, third = make_store(), make_store(), make_store()
    assert slow.lease(name, present.now())
    lose_lease(slow)
    assert successor.lease(name, present.now())
    slow.write(name, Token("stale", present.now() + timedelta(seconds=LIFE)))
    slow.release(name)
    assert not third.lease(name, present.now())
    successor.write(name, Token("fresh", present.now() + timedelta(seconds=LIFE)))
    kept = third.read(name)
    assert kept is not None
    assert kept.value == "fresh"


def test_tokens_are_sealed_in_the_database(transactions: Transactions, name: str, now: datetime) -> None:
    TokenKeeper(DatabaseTokens(transactions), StandingClock(now)).get(name, lambda: ("in plain sight", LIFE))
    with transactions() as session:
        (kept,) = session.execute(text("SELECT value FROM access_tokens")).scalars()
    assert b"in plain sight" not in bytes(kept)


def test_tokens_in_redis_that_another_key_sealed_are_fetched_anew(
    redis: Redis, name: str, vault: Vault, present: StandingClock, source: Source
) -> None:
    TokenKeeper(RedisTokens(redis, Vault(bytes(32))), present).get(name, source)
    assert TokenKeeper(RedisTokens(redis, vault), present).get(name, source) == "T2"


def test_a_redis_out_of_reach_is_a_passing_trouble(
    name: str, vault: Vault, present: StandingClock, source: Source
) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1")
    with pytest.raises(WechatRefused) as refused:
        TokenKeeper(RedisTokens(nowhere, vault), present).get(name, source)
    assert refused.value.trouble is Trouble.BUSY


def test_a_token_is_shown_to_nobody(present: StandingClock) -> None:
    assert "secret" not in repr(Token("secret", present.now()))
