"""Bringing a database to the shape of the tables, and saying whether it has it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to `revision`, all or none of them."""
    with _migrating(engine) as config:
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take migrations back down to `revision` ("base": all of them), all or none."""
    with _migrating(engine) as config:
        command.downgrade(config, revision)


def revise(engine: Engine, message: str) -> Path:
    """Write the next migration from the difference between the models and this database; return its path."""
    numbers = [int(revision.revision) for revision in _script().walk_revisions()]
    with _migrating(engine) as config:
        script = command.revision(config, message, autogenerate=True, rev_id=f"{max(numbers, default=0) + 1:04d}")
    if not isinstance(script, Script):
        raise TypeError("alembic wrote no single migration")
    return Path(script.path)


def is_at_head(connection: Connection) -> bool:
    """Say whether every migration has run on this database."""
    return MigrationContext.configure(connection).get_current_revision() == _script().get_current_head()


@contextmanager
def _migrating(engine: Engine) -> Iterator[Config]:
    """Yield alembic's configuration with a connection in one transaction."""
    config = _config()
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Altering a table on SQLite makes it anew, and a key that points at the old one would forbid it. The
            # pragma does nothing inside a transaction, hence the driver's own connection.
            connection.connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            config.attributes["connection"] = connection
            yield config
    engine.dispose()  # the next connection has its foreign keys checked again


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
