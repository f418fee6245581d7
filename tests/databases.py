"""The databases that tests run on: a SQLite file always, PostgreSQL when it is reachable.

The migrations run once for each kind; every further database with its tables is a copy of that one, and a test may
copy one that it filled.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import time
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from models import schema
from models.session import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

KINDS = ("sqlite", "postgresql")
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
MOST_SECONDS = 10.0
IN_CI = os.environ.get("CI") == "true"


def missing(sentence: str) -> NoReturn:
    """Skip the test because something optional is missing; in CI that is a failure."""
    if IN_CI:
        pytest.fail(sentence)
    pytest.skip(sentence)


@contextmanager
def scratch_url(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database of one's own, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid4().hex}.sqlite3'}"
        return
    with _server() as server, _postgresql(server) as url:
        yield url


@contextmanager
def migrated_url(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of a database of one's own with its tables, gone afterwards."""
    with copied_url(_migrated(kind), folder) as url:
        yield url


@contextmanager
def copied_url(url: str, folder: Path) -> Iterator[str]:
    """Yield the address of a copy of a database that nobody is connected to, gone afterwards.

    An engine that was disposed of just now is waited for by the server itself.
    """
    if url.startswith("sqlite:"):
        path = folder / f"{uuid4().hex}.sqlite3"
        with closing(sqlite3.connect(_name(url))) as connection:
            # whatever still lies beside the file belongs into it
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(_name(url), path)
        yield f"sqlite:///{path}"
        return
    with _server() as server, _postgresql(server, template=_name(url)) as copy:
        yield copy


def wait_for_leaving(url: str) -> None:
    """Wait until no session of a database is left: PostgreSQL ends that of a killed client only when it notices.

    On SQLite whatever a process held ends with it.
    """
    if url.startswith("sqlite:"):
        return
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    until = time.monotonic() + MOST_SECONDS
    with _server() as server:
        while server.execute(sessions, [_name(url)]).fetchone() != (0,):
            assert time.monotonic() < until, "somebody is still connected to the database"
            time.sleep(0.002)


@contextmanager
def scratch_engine(kind: str, folder: Path, *, migrated: bool = True) -> Iterator[Engine]:
    """Yield an engine on a database of one's own, with its tables unless told otherwise."""
    with (migrated_url if migrated else scratch_url)(kind, folder) as url:
        engine = open_database(url)
        try:
            yield engine
        finally:
            engine.dispose()


def _server() -> psycopg.Connection:
    try:
        return psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        missing("PostgreSQL is not reachable (TEST_POSTGRESQL_URL, 127.0.0.1:5432): its half of the tests is left out")


@contextmanager
def _postgresql(server: psycopg.Connection, template: str = "template1") -> Iterator[str]:
    """Yield the address of a new database, gone afterwards."""
    name = f"scratch_{uuid4().hex}"
    server.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    try:
        yield f"{SERVER}/{name}"
    finally:
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _name(url: str) -> str:
    """Return the name of a database, of SQLite's the path."""
    return str(make_url(url).database)


@cache
def _migrated(kind: str) -> str:
    """Return the address of a migrated database that nobody is connected to; it goes with this process."""
    with ExitStack() as made:
        folder = Path(made.enter_context(TemporaryDirectory()))
        url = made.enter_context(scratch_url(kind, folder))
        engine = open_database(url)
        schema.upgrade(engine)
        engine.dispose()
        atexit.register(made.pop_all().close)
    return url
