"""Migrations run while the release before still serves: what its code writes and reads goes on working afterwards.

The statements of an older release are the ones its tables allow: rows with exactly the columns of that time. Each
revision since the first release is taken as the older one, filled, brought to the newest shape, and written to as its
code would.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from models import schema
from tests.databases import KINDS, scratch_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, MetaData, Table

FIRST_RELEASE = "0004"
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
