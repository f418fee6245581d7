"""Bringing a database to the shape of the tables, and saying whether it has it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

# Who waits for a table of PostgreSQL lets everybody else wait behind: so not for long, and again after a pause.
_LOCK_TIMEOUT = "300ms"
_PAUSE_SECONDS = 2.0
_PATIENCE_SECONDS = 3600.0
_LOCK_NOT_AVAILABLE = "55P03"
# Held by whoever migrates a PostgreSQL database, until that connection ends, however it does.
_TURN = 20200010


class AnotherMigrates(Exception):
    """Somebody else is migrating this database."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to `revision`: all or none of them on SQLite, one after the other on PostgreSQL.

    Run again after it was killed, it goes on where it was. On what a later release migrated it does nothing.
    """
    with engine.connect() as connection:
        if revision == "head" and _is_of_later_release(_revision_of(connection)):
            return
    _run(command.upgrade, engine, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take migrations back down to `revision` ("base": all of them), as `upgrade` runs them."""
    _run(command.downgrade, engine, revision)


def revise(engine: Engine, message: str) -> Path:
    """Write the next migration from the difference between the models and this database; return its path."""
    numbers = [int(revision.revision) for revision in _script().walk_revisions()]
    with _migrating(engine) as config:
        script = command.revision(config, message, autogenerate=True, rev_id=f"{max(numbers, default=0) + 1:04d}")
    if not isinstance(script, Script):
        raise TypeError("alembic wrote no single migration")
    return Path(script.path)


def is_at_head(connection: Connection) -> bool:
    """Say whether every migration of this release has run on this database, perhaps also those of a later one."""
    revision = _revision_of(connection)
    return revision == _script().get_current_head() or _is_of_later_release(revision)


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _is_of_later_release(revision: str | None) -> bool:
    """Say whether this release does not know a revision and it comes after its own: they are numbered."""
    head = _script().get_current_head()
    return revision is not None and head is not None and revision.isdecimal() and int(revision) > int(head)


def _run(steps: Callable[[Config, str], None], engine: Engine, revision: str) -> None:
    """Run migrations; go on after a pause where somebody else migrates, or held a table for longer than others wait."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with _migrating(engine) as config:
                steps(config, revision)
        except (OperationalError, AnotherMigrates) as error:
            passes = isinstance(error, AnotherMigrates) or getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE
            if not passes or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


@contextmanager
def _migrating(engine: Engine) -> Iterator[Config]:
    """Yield alembic's configuration with a connection: on SQLite in the one transaction of all migrations."""
    config = _config()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            if engine.dialect.name == "sqlite":
                # Altering a table on SQLite makes it anew, and a key that points at the old one would forbid it. The
                # pragma does nothing inside a transaction, hence the driver's own connection.
                connection.connection.execute("PRAGMA foreign_keys=OFF")
                with connection.begin():
                    yield config
            else:
                with connection.begin():
                    connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
                    # asked, not waited for: an index is made concurrently once every statement of before has ended
                    if not connection.scalar(select(func.pg_try_advisory_lock(_TURN))):
                        raise AnotherMigrates
                yield config
    finally:
        engine.dispose()  # the next connection has its foreign keys checked and waits for locks again


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
