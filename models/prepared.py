"""Statements that every message runs: compiled once, then handed to the driver as they are.

Built of tables and columns like any other. SQLAlchemy's connection costs several times what such a statement costs the
driver and the database together, which nobody feels in a page and everybody in a callback.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Insert, Update
    from sqlalchemy.types import TypeEngine

    Turned = Callable[[Any], Any] | None


# Several may be read in turns.
_CURSORS = count()


@dataclass(frozen=True)
class Line:
    """A driver's connection, and how its database is spoken to."""

    driver: Any
    dialect: Dialect

    @classmethod
    def of(cls, connection: Connection) -> Line:
        """Return the line of a connection: what is run on it belongs to the connection's transaction."""
        return cls(connection.connection.driver_connection, connection.dialect)

    @property
    def is_postgresql(self) -> bool:
        """Whether one statement may change several tables here."""
        return self.dialect.name == "postgresql"

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let what a block does on SQLite be one transaction."""
        if self.driver.in_transaction:
            yield
            return
        with self.driver:
            self.driver.execute("BEGIN IMMEDIATE")
            yield


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
        named = {"name": f"blocks_{next(_CURSORS)}"} if line.is_postgresql else {}
        with closing(line.driver.cursor(**named)) as cursor:
            cursor.execute(compiled.text, _ordered(compiled, compiled.fixed))
            while block := cursor.fetchmany(size):
                yield block

    def change(self, line: Line, values: Mapping[str, Any]) -> int:
        """Return how many rows the statement wrote."""
        _compiled, cursor = self._run(line, values)
        count: int = cursor.rowcount
        return count

    def _run(self, line: Line, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        compiled = self._compiled_for(line.dialect)
        sent = dict(compiled.fixed)
        for name, turn in compiled.given:
            sent[name] = turn(values[name]) if turn else values[name]
        return compiled, line.driver.execute(compiled.text, _ordered(compiled, sent))

    def _compiled_for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        return compiled

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect)
        fixed: dict[str, Any] = {}
        given: list[tuple[str, Turned]] = []
        for name, bind in compiled.binds.items():
            turn = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                given.append((name, turn))
            else:
                fixed[name] = turn(bind.value) if turn else bind.value
        columns = self._statement.selected_columns if isinstance(self._statement, Select) else ()
        return _Compiled(
            text=str(compiled),
            places=tuple(compiled.positiontup) if compiled.positional else None,
            fixed=fixed,
            given=tuple(given),
            returned=tuple((str(column.key), _result_turn(column.type, dialect)) for column in columns),
        )


def _ordered(compiled: _Compiled, sent: Mapping[str, Any]) -> Mapping[str, Any] | list[Any]:
    return sent if compiled.places is None else [sent[name] for name in compiled.places]


def _row(returned: Sequence[tuple[str, Turned]], row: Sequence[Any]) -> SimpleNamespace:
    columns = zip(returned, row, strict=True)
    return SimpleNamespace(**{name: turn(value) if turn else value for (name, turn), value in columns})


def _result_turn(kind: TypeEngine[Any], dialect: Dialect) -> Turned:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
