"""Statements that write for hundreds of thousands of people at once; each may run again and changes nothing then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, func, literal
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Result, Select
    from sqlalchemy.orm import Session

    from models import Base


def insert_new(session: Session, model: type[Base], values: Mapping[str, Any], source: Select[Any]) -> int:
    """Write a row for each row of `source`, but for those whose unique keys are there; return how many were written.

    values: by column what is written. source: a query with a WHERE, whose columns are replaced by the values; in the
    order of the people, half a million rows go into each index that begins with them page after page.
    """
    table = model.__table__
    columns = {name: table.c[name] for name in values}
    written = [
        value if hasattr(value, "compile") else literal(value, columns[name].type) for name, value in values.items()
    ]
    query = source.with_only_columns(*written)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).from_select(list(values), query, include_defaults=False).on_conflict_do_nothing()
    # PostgreSQL's driver keeps the count of an INSERT only where it is asked to
    return rows_of(session.connection().execute(statement, execution_options={"preserve_rowcount": True}))


def text_of(column: ColumnElement[Any] | Any) -> ColumnElement[str]:
    """Return an id or a day as a text."""
    return func.replace(cast(column, String), "-", "")


def rows_of(done: Result[Any]) -> int:
    """Return how many rows a statement changed."""
    rows: int = done.rowcount  # type: ignore[attr-defined]  # the result of an UPDATE or INSERT has a row count
    return rows
