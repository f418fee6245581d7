"""Copies a SQLite database as of one moment while others write to it: python -m deploy.copy_sqlite FROM TO."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def copy(source: str, target: str) -> None:
    """Copy the database; SQLite's own backup keeps the copy whole. Ends the process where there is nothing of ours."""
    try:
        _check(source)
    except sqlite3.OperationalError:
        sys.exit("DATABASE_URL: nothing of ours is in that database; load the service's settings first")
    with closing(_opened(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _check(source: str) -> None:
    with closing(_opened(source)) as one:
        one.execute("SELECT version_num FROM alembic_version")


def _opened(source: str) -> sqlite3.Connection:
    """Open a database that is there, to read it."""
    return sqlite3.connect(f"{Path(source).absolute().as_uri()}?mode=ro", uri=True)


if __name__ == "__main__":
    copy(*sys.argv[1:])
