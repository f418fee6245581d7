"""A night run and a payment file killed at random points: what stands in the end is what an undisturbed run leaves."""

from __future__ import annotations

import os
import shutil
import signal
import time
import traceback
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models import (
    AuditEntry,
    Benefit,
    BenefitAction,
    Call,
    LifeEvent,
    NightRun,
    OutboxMessage,
    Overpayment,
    PaymentMonth,
    Responsibility,
    Retiree,
    Ticket,
    Transition,
)
from models.session import Transactions, open_database
from policy.months import month_of
from tests.databases import KINDS, copied_url, wait_for_leaving
from tests.integration.benefits.busy_town import Town, busy_town
from tests.office import Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("kind", KINDS)]
KILLS = 17
# A kill that comes after the end says nothing and does not count.
MOST_TRIES = 60
# What a run writes, without ids and moments, which chance and the clock make.
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    AuditEntry: ("action", "subject_kind", "reason"),
    Benefit: ("id", "status", "first_month", "last_month"),
    BenefitAction: ("benefit_id", "kind", "reason", "status", "began_on", "ended_on", "messages", "calls", "visits"),
    Call: ("retiree_id", "owner_code", "due_by", "lapsed_at"),
    LifeEvent: ("retiree_id", "kind", "status", "applied_on", "effect"),
    NightRun: ("as_of", "ended_at"),
    OutboxMessage: ("cause", "retiree_id", "notice", "status"),
    Overpayment: ("benefit_id", "status", "cents", "due_by", "referred_at"),
    PaymentMonth: ("month", "status", "sha256", "people", "regular_cents", "back_pay_cents"),
    Responsibility: ("retiree_id", "owner_code", "from_on", "sequence"),
    Retiree: ("id", "owner_code", "community_code", "lives_abroad"),
    Ticket: ("number", "retiree_id", "kind", "origin", "owner_code", "due_by"),
    Transition: ("subject_kind", "old", "new", "reason"),
}


def test_a_night_run(kind: str, tmp_path: Path, now: datetime) -> None:
    with busy_town(kind, tmp_path, now) as town:
        with _copy(town, tmp_path / "counted") as counted:
            _child(_run_busy_night, counted, now)
        _compare(town, tmp_path, _run_night, now, seed=1)


def test_a_payment_file(kind: str, tmp_path: Path, now: datetime) -> None:
    with busy_town(kind, tmp_path, now) as town:
        with _copy(town, tmp_path / "counted") as counted:
            _child(_close_busy_month, counted, now)
        _compare(town, tmp_path, _close, now, seed=2)


def _compare(town: Town, folder: Path, run: Callable[[Town, datetime], None], now: datetime, *, seed: int) -> None:
    """Run undisturbed once, then again and again with a kill; hold every end against the undisturbed one."""
    with _copy(town, folder / "calm") as calm:
        before = _state(calm)
        began = time.perf_counter()
        _child(run, calm, now)
        lasts = time.perf_counter() - began
        expected = _state(calm)
    assert expected != before, "an undisturbed run does something"
    random = Random(seed)
    cut_short = 0
    for place in range(MOST_TRIES):
        with _copy(town, folder / f"killed{place}") as killed:
            kill_after = random.uniform(0, lasts)
            if _child(run, killed, now, kill_after=kill_after):
                cut_short += 1
            else:
                lasts = kill_after  # it was done by then: the first run was a slow one
            _child(run, killed, now)
            assert _state(killed) == expected
        if cut_short == KILLS:
            return
    raise AssertionError(f"{cut_short} of {MOST_TRIES} were killed before their end")


def _child(run: Callable[[Town, datetime], None], town: Town, now: datetime, kill_after: float | None = None) -> bool:
    """Run in a process of its own; return whether it was killed before its end."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            run(town, now)
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process, signal.SIGKILL)
    _pid, status = os.waitpid(process, 0)
    wait_for_leaving(town.url)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _run_night(town: Town, now: datetime) -> None:
    _office(town, now).night()


def _run_busy_night(town: Town, now: datetime) -> None:
    """Run a night in which no step is idle: a kill in an idle one would say nothing."""
    counts = _office(town, now).night()
    assert all(counts.values()), counts


def _close(town: Town, now: datetime) -> None:
    office = _office(town, now)
    office.close(month_of(office.today) - 1)  # the town closed the one before


def _close_busy_month(town: Town, now: datetime) -> None:
    """Close a month whose files have something of each kind to say."""
    office = _office(town, now)
    closed = office.close(month_of(office.today) - 1)
    assert closed.regular_cents > 0
    assert closed.back_pay_cents > 0
    assert closed.differences_path.read_text().count("\n") > 1, "a line below its head"


def _office(town: Town, now: datetime) -> Office:
    # no staff is asked in a run
    nobody: Any = None
    return Office(Transactions(open_database(town.url)), town.payments, now, nobody, nobody, nobody)


@contextmanager
def _copy(town: Town, folder: Path) -> Iterator[Town]:
    payments = shutil.copytree(town.payments, folder / "payments")
    with copied_url(town.url, folder) as url:
        yield Town(url, payments)
    shutil.rmtree(folder)


def _state(town: Town) -> dict[str, Any]:
    engine = open_database(town.url)
    with Transactions(engine)() as session:
        rows: dict[str, Any] = {
            kind.__tablename__: sorted(
                str(tuple(row)) for row in session.execute(select(*(getattr(kind, name) for name in names)))
            )
            for kind, names in WRITTEN.items()
        }
    engine.dispose()
    return rows | {path.name: path.read_bytes() for path in town.payments.iterdir()}
