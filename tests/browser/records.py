"""What a live server has on record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live_server import LiveServer


def count_certifications(server: LiveServer) -> int:
    return _count(server, "SELECT count(*) FROM certifications")


def count_sessions(server: LiveServer, *, with_helper: bool) -> int:
    return _count(server, "SELECT count(*) FROM certification_sessions WHERE with_helper = ?", with_helper)


def count_attempts(server: LiveServer) -> int:
    return _count(server, "SELECT count(*) FROM attempts")


def _count(server: LiveServer, question: str, *values: bool) -> int:
    with closing(sqlite3.connect(server.folder / "pension.sqlite3")) as database:
        counted = database.execute(question, values).fetchone()[0]
    return int(counted)
