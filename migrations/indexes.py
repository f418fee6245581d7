"""How a migration makes and drops indexes of tables in use: beside who serves, and again where it was killed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNFINISHED = sa.text("SELECT true FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")


def make_index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    """Make an index where it is not there yet; what a killed run left of it on PostgreSQL is made anew.

    What the migration did before is committed with it: a migration that changes anything else makes its indexes first.
    """
    condition = None if where is None else sa.text(where)
    if not _is_postgresql():
        op.create_index(name, table, columns, if_not_exists=True, sqlite_where=condition)
        return
    with _beside():
        if op.get_bind().scalar(_UNFINISHED, {"name": name}):
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(
            name, table, columns, if_not_exists=True, postgresql_where=condition, postgresql_concurrently=True
        )


def drop_index(name: str, table: str) -> None:
    """Drop an index where it is still there; of what is committed with it `make_index` tells."""
    if not _is_postgresql():
        op.drop_index(name, table, if_exists=True)
        return
    with _beside():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


@contextmanager
def _beside() -> Iterator[None]:
    """Leave the transaction, and wait for those of others as long as they last: nobody waits behind us so."""
    with op.get_context().autocommit_block():
        patience = op.get_bind().scalar(sa.text("SHOW lock_timeout"))
        op.execute("SET lock_timeout = 0")
        yield
        op.execute(f"SET lock_timeout = '{patience}'")
