"""WeChat's tokens, shared between processes and fetched by one of them at a time.

A token that is still good serves everybody while the next one is fetched, and when the next one cannot be had. Whoever
fetches holds a lease, so that a process that dies in between holds nobody up for long.
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeGuard

from redis.exceptions import RedisError
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from models import AccessToken
from models.vault import CannotOpen
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redis import Redis
    from sqlalchemy import ColumnElement

    from clock import Clock
    from models.session import Transactions
    from models.vault import Vault

# WeChat gives out the next token in the last five minutes of one, and the same one again before: asked a little inside.
EARLY = timedelta(minutes=4)
# Longer than a fetch may take. One that took longer all the same keeps nothing.
LEASE = timedelta(seconds=20)
_LOOK_SECONDS = 0.05
_PURPOSE = "tokens.value"


@dataclass(frozen=True)
class Token:
    """A token and the moment of its end."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "Token()"


class TokenStore(Protocol):
    """Where processes share tokens, by name. A store that is out of reach raises WechatRefused `busy`."""

    def read(self, name: str) -> Token | None:
        """Return the token that is kept, good or not."""

    def lease(self, name: str, now: datetime) -> bool:
        """Say whether this process may fetch the next one: nobody else does."""

    def write(self, name: str, token: Token) -> None:
        """Keep a token, value and end together, and give the lease up; nothing, if the lease is another's by now."""

    def release(self, name: str) -> None:
        """Give the lease up without a token; nothing, if it is another's by now."""


class TokenKeeper:
    """Gives out tokens that are good now. wait_seconds: how long another process may take to fetch one."""

    def __init__(self, store: TokenStore, clock: Clock, *, wait_seconds: float = 10.0) -> None:
        self._store = store
        self._clock = clock
        self._wait_seconds = wait_seconds

    def get(self, name: str, fetch: Callable[[], tuple[str, int]], *, bad: str | None = None) -> str:
        """Return the token of that name; fetch: asks WeChat for a new one and how many seconds it lasts.

        bad: a token that WeChat refused; if it is still the one that is kept, a new one is fetched. Raises
        WechatRefused of `fetch`, and `busy` when another process fetches for too long.
        """
        give_up_at = time.monotonic() + self._wait_seconds
        while True:
            now = self._clock.now()
            kept = self._store.read(name)
            if _serves(kept, bad, now + EARLY):
                return kept.value
            if self._store.lease(name, now):
                return self._fetch(name, fetch, bad)
            if _serves(kept, bad, now):
                return kept.value
            if time.monotonic() > give_up_at:
                raise WechatRefused(0, Trouble.BUSY)
            time.sleep(_LOOK_SECONDS)

    def _fetch(self, name: str, fetch: Callable[[], tuple[str, int]], bad: str | None) -> str:
        """Fetch and keep a token, unless somebody did just before the lease was ours."""
        try:
            kept = self._store.read(name)
            now = self._clock.now()
            if not _serves(kept, bad, now + EARLY):
                try:
                    value, seconds = fetch()
                except WechatRefused:
                    if not _serves(kept, bad, now):
                        raise
                    return kept.value
                # counted from before it was asked for: it never lasts longer than that
                kept = Token(value, now + timedelta(seconds=seconds))
                self._store.write(name, kept)
            return kept.value
        finally:
            self._store.release(name)


def _serves(kept: Token | None, bad: str | None, until: datetime) -> TypeGuard[Token]:
    return kept is not None and kept.value != bad and kept.expires_at > until


class DatabaseTokens:
    """Tokens in the database: a row each, leased by a conditional update. A lease is known again by its end."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._leases: dict[str, datetime] = {}

    def read(self, name: str) -> Token | None:
        """Return the token that is kept."""
        with self._transactions() as session:
            row = session.get(AccessToken, name)
            if row is None or row.value is None or row.expires_at is None:
                return None
            return Token(row.value, row.expires_at)

    def lease(self, name: str, now: datetime) -> bool:
        """Take the lease if it is free or its holder has died."""
        try:
            with self._transactions() as session:
                if session.get(AccessToken, name) is None:
                    session.add(AccessToken(name=name))
        except IntegrityError:
            pass  # another process made the row at this moment
        until = now + LEASE
        is_free = or_(AccessToken.leased_until.is_(None), AccessToken.leased_until < now)
        if not self._change(name, is_free, leased_until=until):
            return False
        self._leases[name] = until
        return True

    def write(self, name: str, token: Token) -> None:
        """Keep a token."""
        self._change(name, self._is_ours(name), value=token.value, expires_at=token.expires_at, leased_until=None)

    def release(self, name: str) -> None:
        """Give the lease up."""
        self._change(name, self._is_ours(name), leased_until=None)

    def _is_ours(self, name: str) -> ColumnElement[bool]:
        return AccessToken.leased_until == self._leases[name]

    def _change(self, name: str, condition: ColumnElement[bool], **values: object) -> bool:
        with self._transactions() as session:
            changed = session.execute(
                update(AccessToken)
                .where(AccessToken.name == name, condition)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
            return bool(changed.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE's result has a row count


class RedisTokens:
    """Tokens in a Redis, sealed; the lease is a key that ends by itself, with a mark nobody else has."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault
        self._mark = secrets.token_hex(8)

    def read(self, name: str) -> Token | None:
        """Return the token that is kept, if it can be read with our key."""
        with _in_reach():
            sealed = self._redis.get(name)
        try:
            kept = json.loads(self._vault.open(sealed, _PURPOSE)) if isinstance(sealed, bytes) else None
        except CannotOpen:
            return None
        return Token(kept["value"], datetime.fromtimestamp(kept["expires_at"], UTC)) if kept else None

    def lease(self, name: str, now: datetime) -> bool:  # noqa: ARG002 - Redis counts the time itself
        """Take the lease if it is free."""
        with _in_reach():
            return bool(self._redis.set(_lease_of(name), self._mark, nx=True, px=LEASE))

    def write(self, name: str, token: Token) -> None:
        """Keep a token until its end."""
        kept = json.dumps({"value": token.value, "expires_at": token.expires_at.timestamp()})
        sealed = self._vault.seal(kept.encode(), _PURPOSE)
        ends_at = str(int(token.expires_at.timestamp() * 1000))
        with _in_reach():
            self._redis.eval(_WRITE, 2, _lease_of(name), name, self._mark, sealed, ends_at)

    def release(self, name: str) -> None:
        """Give the lease up."""
        with _in_reach():
            self._redis.eval(_RELEASE, 1, _lease_of(name), self._mark)


# Redis runs a script as a whole: nobody takes the lease between the look at it and the change.
_WRITE = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], ARGV[2], "PXAT", ARGV[3])
return redis.call("DEL", KEYS[1])
"""
_RELEASE = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
"""


def _lease_of(name: str) -> str:
    return f"{name}:lease"


@contextmanager
def _in_reach() -> Iterator[None]:
    try:
        yield
    except RedisError:
        raise WechatRefused(0, Trouble.BUSY) from None
