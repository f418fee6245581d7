"""Statements that every message runs: compiled once, then handed to the driver as they are.

Built of tables and columns like any other. SQLAlchemy's connection costs several times what such a statement costs the
driver and the database together, which nobody feels in a page and everybody in a callback.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Select, insert, select, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Insert, Table, Update
    from sqlalchemy.types import TypeEngine

    from models.turns import Turns

    Turned = Callable[[Any], Any] | None


# How long SQLite looks by itself whether its lock is free again, in milliseconds: it is not fair to those who wait.
PATIENT, IMPATIENT = "PRAGMA busy_timeout=10000", "PRAGMA busy_timeout=20"
# Several may be read in turns.
_CURSORS = count()
_PRIMARY_CODE = 0xFF  # of SQLite's result codes


@dataclass(frozen=True)
class Line:
    """A driver's connection, and how its database is spoken to.

    turns: where statements that stand by themselves queue when they find a SQLite file locked; None inside of
    transactions, which have their turn.
    """

    driver: Any
    dialect: Dialect
    turns: Turns | None = None

    @classmethod
    def of(cls, connection: Connection) -> Line:
        """Return the line of a connection: what is run on it belongs to the connection's transaction."""
        return cls(connection.connection.driver_connection, connection.dialect)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file that one at a time writes to."""
        return self.dialect.name == "sqlite"

    def run(self, statement: str, values: Mapping[str, Any] | Sequence[Any]) -> Any:
        """Run a statement and return the driver's cursor."""
        if not self.is_sqlite:
            # as bytes, not as their digits: of a picture of a face there are many
            return self.driver.execute(statement, values, binary=True)
        if self.turns is None:
            return self.driver.execute(statement, values)
        try:
            return self.driver.execute(statement, values)
        except sqlite3.OperationalError as error:
            # an extended code says why it is busy: another process makes the log whole after a crash
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
        with self.turns.take():
            self.driver.execute(PATIENT)
            return self.driver.execute(statement, values)


@dataclass(frozen=True)
class _Compiled:
    """A statement as one database takes it: the values it needs, and what turns values and results."""

    text: str
    places: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    given: tuple[tuple[str, Turned], ...]
    returned: tuple[tuple[str, Turned], ...]


class Prepared:
    """A statement whose values are named by `bindparam`."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, line: Line, values: Mapping[str, Any]) -> list[Any]:
        """Return what the statement finds, each row's columns by their names."""
        compiled, cursor = self._run(line, values)
        return [_row(compiled.returned, row) for row in cursor.fetchall()]

    def blocks(self, line: Line, size: int) -> Iterator[list[Any]]:
        """Yield what a statement without named values finds, so many rows at a time: tuples as the driver has them.

        Of millions of rows the database keeps what was not asked for yet.
        """
        compiled = self._compiled_for(line.dialect)
        named = {} if line.is_sqlite else {"name": f"blocks_{next(_CURSORS)}"}
        with closing(line.driver.cursor(**named)) as cursor:
            cursor.execute(compiled.text, _ordered(compiled, compiled.fixed))
            while block := cursor.fetchmany(size):
                yield block

    def change(self, line: Line, values: Mapping[str, Any]) -> int:
        """Return how many rows the statement wrote."""
        _compiled, cursor = self._run(line, values)
        return int(cursor.rowcount)

    def _run(self, line: Line, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        compiled = self._compiled_for(line.dialect)
        sent = dict(compiled.fixed)
        for name, turn in compiled.given:
            sent[name] = turn(values[name]) if turn else values[name]
        return compiled, line.run(compiled.text, _ordered(compiled, sent))

    def _compiled_for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        return compiled

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect)
        columns = self._statement.selected_columns if isinstance(self._statement, Select) else ()
        return _Compiled(
            text=str(compiled),
            places=tuple(compiled.positiontup) if compiled.positional else None,
            returned=tuple((str(column.key), _result_turn(column.type, dialect)) for column in columns),
            **_values_of(compiled.binds, dialect),
        )


class PreparedPair(Prepared):
    """A change, and a row that is added where the change met one: both or neither, in one statement.

    Whoever runs two holds SQLite's only lock while other threads have the interpreter. SQLite makes no change inside a
    statement that adds: there both are made by a trigger on a view, which each connection has for itself.
    """

    def __init__(self, name: str, change: Update, into: Table, row: Mapping[str, BindParameter[Any]]) -> None:
        """Pair a change of one table with a row into another one; name: of the view, which is no table's."""
        values = select(*row.values())
        met = change.returning(*change.entity_description["table"].primary_key).cte("met")
        super().__init__(_adding(into, row, values.select_from(met)))
        self._name = name
        self._parts = (change, _adding(into, row, values.where(text("changes() > 0"))))

    def make(self, line: Line, values: Mapping[str, Any]) -> bool:
        """Make both and return True, or neither and return False."""
        if not line.is_sqlite:
            return self.change(line, values) == 1
        before = line.driver.total_changes
        try:
            self._run(line, values)
        except line.dialect.loaded_dbapi.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            # this connection does not know the view yet
            self._define(line)
            self._run(line, values)
        return bool(line.driver.total_changes > before)

    def _compile(self, dialect: Dialect) -> _Compiled:
        if dialect.name != "sqlite":
            return super()._compile(dialect)
        binds = self._binds(dialect)
        columns, places = ", ".join(f'"{name}"' for name in binds), ", ".join("?" for _ in binds)
        return _Compiled(
            text=f'INSERT INTO "{self._name}" ({columns}) VALUES ({places})',  # noqa: S608 - names of ours alone  # nosec B608
            places=tuple(binds),
            returned=(),
            **_values_of(binds, dialect),
        )

    def _define(self, line: Line) -> None:
        columns = ", ".join(f'NULL AS "{name}"' for name in self._binds(line.dialect))
        both = "".join(re.sub(r":(\w+)", r'NEW."\1"', f"{part}; ") for part in self._compiled_parts(line.dialect))
        line.driver.execute(f'CREATE TEMP VIEW IF NOT EXISTS "{self._name}" AS SELECT {columns}')
        line.driver.execute(
            f'CREATE TEMP TRIGGER IF NOT EXISTS "{self._name} both" INSTEAD OF INSERT ON "{self._name}" BEGIN {both}END'
        )

    def _binds(self, dialect: Dialect) -> dict[str, BindParameter[Any]]:
        change, add = (dict[str, BindParameter[Any]](part.binds) for part in self._compiled_parts(dialect))
        if any(not change[name].required for name in change.keys() & add.keys()):
            raise ValueError("a value that stands in the change has the name of one of the row")
        return change | add

    def _compiled_parts(self, dialect: Dialect) -> list[Any]:
        kind: Any = type(dialect)
        return [part.compile(dialect=kind(paramstyle="named")) for part in self._parts]


def _adding(into: Table, row: Mapping[str, BindParameter[Any]], values: Select[*tuple[Any, ...]]) -> Insert:
    return insert(into).from_select(list(row), values, include_defaults=False)


def _values_of(binds: Mapping[str, BindParameter[Any]], dialect: Dialect) -> dict[str, Any]:
    """Return which values a statement is given and which stand in it, with what turns them."""
    turns = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    return {
        "given": tuple((name, turns[name]) for name, bind in binds.items() if bind.required),
        "fixed": {
            name: turn(bind.value) if (turn := turns[name]) else bind.value
            for name, bind in binds.items()
            if not bind.required
        },
    }


def _ordered(compiled: _Compiled, sent: Mapping[str, Any]) -> Mapping[str, Any] | list[Any]:
    return sent if compiled.places is None else [sent[name] for name in compiled.places]


def _row(returned: Sequence[tuple[str, Turned]], row: Sequence[Any]) -> SimpleNamespace:
    columns = zip(returned, row, strict=True)
    return SimpleNamespace(**{name: turn(value) if turn else value for (name, turn), value in columns})


def _result_turn(kind: TypeEngine[Any], dialect: Dialect) -> Turned:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
