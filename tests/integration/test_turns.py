"""Turns to write to a SQLite file: one at a time over threads and processes, given up by whoever dies, waited for."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from models import Region
from models.prepared import Prepared
from models.region import RegionLevel
from models.session import Transactions
from models.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine, Table

_regions = cast("Table", Region.__table__)
ADD = Prepared(insert(_regions).values(code=bindparam("code"), level=RegionLevel.CITY, name=bindparam("name")))
HOLD = """
import sys
from models.turns import Turns
with Turns(sys.argv[1]).take():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nobody_else_has_a_turn_meanwhile(tmp_path: Path) -> None:
    path = str(tmp_path / "town.sqlite3")
    turns, others = Turns(path, wait_seconds=0.05), Turns(path, wait_seconds=0.05)
    with turns.take(), ThreadPoolExecutor() as threads:
        for one in (turns, others):
            with pytest.raises(WaitedTooLong):
                threads.submit(one.take().__enter__).result()
    for one in (turns, others):
        with one.take():
            pass


def test_a_process_that_is_killed_gives_its_turn_up(tmp_path: Path) -> None:
    path = str(tmp_path / "town.sqlite3")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WaitedTooLong), Turns(path, wait_seconds=0.05).take():
            pass
        holder.kill()
    with Turns(path, wait_seconds=0.05).take():
        pass


@contextmanager
def in_a_transaction(engine: Engine) -> Iterator[None]:
    with Transactions(engine).bare():
        yield


@contextmanager
def past_the_queue(engine: Engine) -> Iterator[None]:
    """Lock the file as somebody does who knows nothing of turns."""
    with closing(sqlite3.connect(engine.url.database or "", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lock", [in_a_transaction, past_the_queue])
def test_a_statement_by_itself_waits_for_whoever_writes(own_engine: Engine, lock: Callable[[Engine], object]) -> None:
    transactions = Transactions(own_engine)

    def add() -> int:
        with transactions.direct() as line:
            return ADD.change(line, {"code": "990000", "name": "某市"})

    with ThreadPoolExecutor() as threads:
        with lock(own_engine):  # type: ignore[attr-defined]  # a context
            added = threads.submit(add)
            time.sleep(0.2)  # longer than SQLite looks by itself
            assert not added.done(), added.exception()
        assert added.result() == 1
    with transactions() as session:
        assert session.scalar(select(func.count()).where(Region.code == "990000")) == 1
