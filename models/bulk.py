"""Many rows at once: copied in, and looked up by many keys. For the few imports that bring millions.

Values are given as the database keeps them: ids as 32 hexadecimal digits, days as ISO text, sealed values as bytes; to
`insert_rows` as the columns take them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, String, any_, cast, delete, func, insert, select, text, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.orm import InstrumentedAttribute, Session

# A connection plans every statement anew (`models.session`), and PostgreSQL asks one for each row's foreign keys: to
# plan those took a quarter of an import.
_OFTEN = "plan_cache_mode = auto"
_SQLITE_CACHE_KB = 128 * 1024


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows whose keys are those of the first one: what `INSERT` with many rows writes, copied in on PostgreSQL.

    Columns seal, turn and fill in as they always do; a row costs the driver and the database a fraction.
    """
    if not rows:
        return
    if not _is_postgresql(session):
        session.execute(insert(table), rows)
        return
    dialect = session.get_bind().dialect
    names, columns = [], []
    for column in table.columns:
        if column.name in rows[0]:
            values: Iterable[Any] = [row[column.name] for row in rows]
        elif column.default is not None:
            values = _defaults(column.default, len(rows))
        else:
            continue  # the database fills it in, or leaves it empty
        stored = column.type.dialect_impl(dialect).bind_processor(dialect)
        names.append(column.name)
        columns.append(values if stored is None else map(stored, values))
    copy_in(session, table.name, names, list(zip(*columns, strict=True)))


def _defaults(default: Any, count: int) -> list[Any]:
    return [default.arg] * count if default.is_scalar else [default.arg(None) for _ in range(count)]


def copy_in(session: Session, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows by the quickest way that the database has, in the session's transaction."""
    if not rows:
        return
    connection = session.connection()
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("the connection is closed")
        kind = connection.dialect.loaded_dbapi.Error
        try:
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except kind as error:
            # by the name under which everybody knows what befalls any other statement
            raise DBAPIError.instance(f"COPY {table}", None, error, kind, hide_parameters=True) from error
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608 - names of our own columns  # nosec B608


def emptied(session: Session, staged: Table) -> None:
    """Let a temporary table of this connection be there, and empty."""
    session.execute(CreateTable(staged, if_not_exists=True))
    # PostgreSQL never tidies a temporary table up: rows that were deleted would be read past, chunk after chunk
    session.execute(text(f"TRUNCATE {staged.name}") if _is_postgresql(session) else delete(staged))


def look_up_singly(session: Session) -> None:
    """Let many rows all over big tables be found, and written, by their indexes.

    PostgreSQL takes a look at a row for as costly as on a turning disk, and walks whole tables for a chunk of them: a
    file of many chunks would do so again and again, the longer the more has been written. SQLite keeps 2 MB of pages,
    and would read and write the leaves of its indexes again for nearly every row.
    """
    if _is_postgresql(session):
        for setting in ("enable_nestloop = on", "enable_seqscan = off", "random_page_cost = 1.1", "jit = off", _OFTEN):
            session.execute(text(f"SET LOCAL {setting}"))
    else:
        session.execute(text(f"PRAGMA cache_size = -{_SQLITE_CACHE_KB}"))


def join_whole_tables(session: Session) -> None:
    """Let a statement about everybody read each table once and join by hashing, until the transaction ends.

    What a night writes is not in PostgreSQL's statistics yet: it takes such tables for empty, and would walk through
    one of half a million rows for each person of another. Of a query read in pieces it takes the first to matter most.
    """
    if _is_postgresql(session):
        for setting in (
            "enable_nestloop = off",
            "cursor_tuple_fraction = 1",
            "work_mem = '64MB'",
            "jit = off",
            _OFTEN,
        ):
            session.execute(text(f"SET LOCAL {setting}"))
    else:
        session.execute(text(f"PRAGMA cache_size = -{_SQLITE_CACHE_KB}"))


def among(
    session: Session, column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[str | int]
) -> ColumnElement[bool]:
    """Return the condition that a column has one of many values: one parameter, however many they are.

    No value has a comma in it.
    """
    if _is_postgresql(session):
        # one text, for the driver looks at each part of an array whether it must be quoted
        listed = func.string_to_array(",".join(map(str, values)), ",")
        return column == any_(cast(listed, ARRAY(column.type)))
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))


def as_digits(session: Session, column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """Return an id as its 32 hexadecimal digits: no object is made for each of a million."""
    if _is_postgresql(session):
        return func.replace(cast(column, String), "-", "", type_=String())
    return type_coerce(column, String)


def dashed(digits: str) -> str:
    """Return the 36 signs that `str` makes of an id, from its 32 digits."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def insert_into(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can leave alone, or update, what is there already."""
    return postgresql.insert(table) if _is_postgresql(session) else sqlite.insert(table)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
