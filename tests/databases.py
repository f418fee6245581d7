"""The databases that tests run on: a SQLite file always, PostgreSQL when it is reachable.

The migrations run once for each kind; every further database with its tables is a copy of that one.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from models import schema
from models.session import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

KINDS = ("sqlite", "postgresql")
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
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
    if kind == "sqlite":
        path = folder / f"{uuid4().hex}.sqlite3"
        path.write_bytes(_migrated_file())
        yield f"sqlite:///{path}"
        return
    with _server() as server, _postgresql(server, template=_migrated_name()) as url:
        yield url


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


@cache
def _migrated_file() -> bytes:
    """Return a migrated SQLite database, all of it in its one file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite3"
        engine = open_database(f"sqlite:///{path}")
        schema.upgrade(engine)
        engine.dispose()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


@cache
def _migrated_name() -> str:
    """Return the name of a migrated PostgreSQL database that nobody is connected to; it goes with this process."""
    made = ExitStack()
    url = made.enter_context(_postgresql(made.enter_context(_server())))
    atexit.register(made.close)
    engine = open_database(url)
    schema.upgrade(engine)
    engine.dispose()
    return url.rpartition("/")[2]
