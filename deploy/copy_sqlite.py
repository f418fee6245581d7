"""Copies a SQLite database as of one moment while others write to it: python -m deploy.copy_sqlite FROM TO."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing


def copy(source: str, target: str) -> None:
    """Copy the database; SQLite's own backup keeps the copy whole."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


if __name__ == "__main__":
    copy(*sys.argv[1:])
