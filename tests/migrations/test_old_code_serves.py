"""Migrations run while the release before still serves: what its code writes and reads goes on working afterwards.

The statements of an older release are the ones its tables allow: rows with exactly the columns of that time. Each
revision since the first release is taken as the older one, filled, brought to the newest shape, and written to as its
code would. While they run nobody waits for them either: with PostgreSQL, of which only the writers of SQLite's one file
know nothing.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models import Base, schema
from models.session import open_database
from tests.databases import KINDS, scratch_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, MetaData, Table

FIRST_RELEASE = "0004"
LONGEST_WAIT = 1.5
INDEX = re.compile(r"(?:CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?\w+ ON (\w+)|DROP INDEX )")
# Rows that the migrations themselves bring.
_GIVEN = {"alembic_version"}
# The database itself refuses any change of these.
_ONLY_ADDED_TO = {"audit_entries", "audit_blocks"}


def older_revisions() -> list[str]:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    found = sorted(one.revision for one in script.walk_revisions())
    return [one for one in found[:-1] if one >= FIRST_RELEASE]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with scratch_engine(request.param, tmp_path, migrated=False) as engine:
        yield engine


def invent(column: sa.Column[Any], place: int) -> Any:
    """Return a value that fits the column; another place, another value."""
    kind = column.type
    values: list[tuple[type[Any], Any]] = [
        (sa.Uuid, uuid.UUID(int=place)),
        (sa.JSON, {}),
        (sa.DateTime, datetime(2026, 1, 1, tzinfo=UTC)),
        (sa.Date, date(2026, 1, 1) + timedelta(days=place)),
        (sa.Boolean, False),
        (sa.LargeBinary, b"%d" % place),
        (sa.Float, 1.0),
        (sa.Integer, place),
        (sa.String, f"{place}"),
    ]
    return next(value for known, value in values if isinstance(kind, known))


def fill(connection: Connection, tables: MetaData, place: int) -> None:
    """Write one row into every table, as code does that knows these tables and no others."""
    made: dict[str, dict[str, Any]] = {}
    for table in tables.sorted_tables:
        if table.name in _GIVEN:
            continue
        row = {column.name: _value_of(column, table, made, place) for column in table.columns}
        connection.execute(table.insert().values(row))
        made[table.name] = row


def _value_of(column: sa.Column[Any], table: Table, made: dict[str, dict[str, Any]], place: int) -> Any:
    for key in column.foreign_keys:
        parent = key.column
        if parent.table is table:
            return None
        if parent.table.name in made:
            return made[parent.table.name][parent.name]
    if column.name == "owner_code":
        # the one rule between columns: it repeats the community
        return made["regions"]["code"]
    return invent(column, place)


def read(connection: Connection, tables: MetaData) -> dict[str, list[Any]]:
    """Read every column that the older code knows."""
    known = [table for table in tables.sorted_tables if table.name not in _GIVEN]
    return {table.name: list(connection.execute(sa.select(*table.columns)).all()) for table in known}


def reflect(engine: Engine) -> MetaData:
    tables = sa.MetaData()
    tables.reflect(engine)
    return tables


@pytest.mark.parametrize("revision", older_revisions())
def test_the_code_of_an_older_release_goes_on(empty: Engine, revision: str) -> None:
    schema.upgrade(empty, revision)
    older = reflect(empty)
    with empty.begin() as connection:
        fill(connection, older, 1001)
        before = read(connection, older)
    schema.upgrade(empty)
    with empty.begin() as connection:
        after = read(connection, older)
        assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
        fill(connection, older, 1002)
        again = read(connection, older)
        assert all(len(again[name]) == len(rows) + 1 for name, rows in after.items())
        for table in older.sorted_tables:
            is_all_key = table.primary_key.columns.keys() == table.columns.keys()
            if table.name not in _GIVEN | _ONLY_ADDED_TO and not is_all_key:
                changed = next(column for column in table.columns if not column.primary_key)
                connection.execute(table.update().values({changed.name: changed}))


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Engine]:
    """A PostgreSQL database of the first release, with a row in every table."""
    with scratch_engine("postgresql", tmp_path, migrated=False) as engine:
        schema.upgrade(engine, FIRST_RELEASE)
        with engine.begin() as connection:
            fill(connection, reflect(engine), 1001)
        yield engine


@contextmanager
def read_meanwhile(engine: Engine, seconds: float) -> Iterator[None]:
    """Have everything read in one transaction that stays open for a while, as a backup does."""
    tables = reflect(engine)
    has_read = threading.Event()

    def hold() -> None:
        with engine.begin() as connection:
            read(connection, tables)
            has_read.set()
            time.sleep(seconds)

    reader = threading.Thread(target=hold)
    reader.start()
    assert has_read.wait(10)
    yield
    reader.join()


@contextmanager
def write_meanwhile(engine: Engine, tables: MetaData) -> Iterator[list[float]]:
    """Have everything read and people changed all the time; yield how long each time took."""
    retirees = tables.tables["retirees"]
    took: list[float] = []
    is_over = threading.Event()

    def change() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            with engine.begin() as connection:
                read(connection, tables)
                connection.execute(retirees.update().values(due_by=retirees.c.due_by))
            took.append(time.monotonic() - began)
            time.sleep(0.01)

    writer = threading.Thread(target=change)
    writer.start()
    yield took
    is_over.set()
    writer.join()


@pytest.mark.slow
def test_nobody_waits_behind_a_migration_that_waits(older: Engine) -> None:
    url = older.url
    serving = open_database(url.render_as_string(hide_password=False))
    tables = reflect(serving)
    began = time.monotonic()
    with write_meanwhile(serving, tables) as took, read_meanwhile(serving, 4):
        schema.upgrade(older)
        ended = time.monotonic()
    serving.dispose()
    assert ended - began > 4, "the migrations did not meet the reader"
    assert len(took) > 20
    assert max(took) < LONGEST_WAIT
    with older.connect() as connection:
        assert schema.is_at_head(connection)


def test_indexes_of_tables_in_use_are_made_and_dropped_beside_who_uses_them(older: Engine) -> None:
    in_use = set(reflect(older).tables)
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    sa.event.listen(older, "before_cursor_execute", note)
    schema.upgrade(older)
    sa.event.remove(older, "before_cursor_execute", note)
    found = [(match, statement) for statement in said if (match := INDEX.match(statement))]
    assert found
    assert [one for match, one in found if match[1] in in_use | {None} and "CONCURRENTLY" not in one] == []


class Killed(Exception):
    """The process that migrates was killed."""


def upgrade_until(engine: Engine, place: int) -> str | None:
    """Run the migrations and die at the index of this place, half made; return its name, or none where all ran."""
    made: list[str] = []

    def die(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        made.extend(re.findall(r"CREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+)", statement))
        if len(made) == place:
            raise Killed

    sa.event.listen(engine, "after_cursor_execute", die)
    try:
        schema.upgrade(engine)
    except Killed:
        return made[-1]
    finally:
        sa.event.remove(engine, "after_cursor_execute", die)
    return None


@pytest.mark.slow
def test_migrations_killed_in_the_middle_are_run_again(older: Engine) -> None:
    unfinished = sa.text(
        "UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = to_regclass(:name)"
    )
    killed = 0
    while name := upgrade_until(older, killed + 1):
        with older.begin() as connection:
            assert connection.execute(unfinished, {"name": name}).rowcount == 1
        killed += 1
    assert killed > 2
    with older.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")) == 0
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
