"""The databases that tests run on: a SQLite file always, PostgreSQL when it is reachable."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import psycopg
import pytest

from models import schema
from models.session import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    name = f"scratch_{uuid4().hex}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        missing("PostgreSQL is not reachable (TEST_POSTGRESQL_URL, 127.0.0.1:5432): its half of the tests is left out")
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def scratch_engine(kind: str, folder: Path, *, migrated: bool = True) -> Iterator[Engine]:
    """Yield an engine on an empty database of one's own, with its tables unless told otherwise."""
    with scratch_url(kind, folder) as url:
        engine = open_database(url)
        if migrated:
            schema.upgrade(engine)
        try:
            yield engine
        finally:
            engine.dispose()
