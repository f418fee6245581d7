"""A night run and a payment file killed at random points: what stands in the end is what an undisturbed run leaves."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models import (
    Account,
    Benefit,
    BenefitAction,
    Binding,
    Call,
    LifeEvent,
    OutboxMessage,
    PaymentMonth,
    Retiree,
    Ticket,
    Transition,
    schema,
)
from models.account import AccountKind, Confirmation, Relation
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.session import Transactions, open_database
from policy.months import month_of
from tests.cast import call_cast
from tests.office import Office, open_office

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

pytestmark = pytest.mark.slow
KILLS = 17
# A kill that comes after the end says nothing and does not count.
MOST_TRIES = 60
PEOPLE = 90
# What a run writes, without ids and moments, which chance and the clock make.
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    Benefit: ("id", "status", "first_month", "last_month"),
    BenefitAction: ("benefit_id", "kind", "reason", "status", "began_on", "ended_on", "messages", "calls", "visits"),
    Call: ("retiree_id", "owner_code", "due_by", "lapsed_at"),
    LifeEvent: ("retiree_id", "kind", "status", "applied_on", "effect"),
    OutboxMessage: ("cause", "retiree_id", "notice", "status"),
    PaymentMonth: ("month", "status", "sha256", "people", "regular_cents", "back_pay_cents"),
    Retiree: ("id", "owner_code", "community_code", "lives_abroad"),
    Ticket: ("number", "retiree_id", "kind", "origin", "owner_code", "due_by"),
    Transition: ("subject_kind", "old", "new", "reason"),
}


def test_a_night_run(tmp_path: Path, now: datetime) -> None:
    base = _town(tmp_path, now)
    _compare(tmp_path, base, _run_night, now, seed=1)


def test_a_payment_file(tmp_path: Path, now: datetime) -> None:
    base = _town(tmp_path, now)
    _compare(tmp_path, base, _close, now, seed=2)


def _compare(tmp_path: Path, base: Path, run: Callable[[Path, datetime], None], now: datetime, *, seed: int) -> None:
    """Run undisturbed once, then again and again with a kill; hold every end against the undisturbed one."""
    calm = _copy(base, tmp_path / "calm")
    before = _state(calm)
    began = time.perf_counter()
    _child(run, calm, now, kill_after=None)
    lasts = time.perf_counter() - began
    expected = _state(calm)
    assert expected != before, "an undisturbed run does something"
    random = Random(seed)
    cut_short = 0
    for place in range(MOST_TRIES):
        folder = _copy(base, tmp_path / f"killed{place}")
        kill_after = random.uniform(0, lasts)
        if _child(run, folder, now, kill_after=kill_after):
            cut_short += 1
        else:
            lasts = kill_after  # it was done by then: the first run was a slow one
        _child(run, folder, now, kill_after=None)
        assert _state(folder) == expected
        shutil.rmtree(folder)
        if cut_short == KILLS:
            return
    raise AssertionError(f"{cut_short} of {MOST_TRIES} were killed before their end")


def _child(run: Callable[[Path, datetime], None], folder: Path, now: datetime, kill_after: float | None) -> bool:
    """Run in a process of its own; return whether it was killed before its end."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            run(folder, now)
            code = 0
        finally:
            os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process, signal.SIGKILL)
    _pid, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _run_night(folder: Path, now: datetime) -> None:
    office = _open(folder, now)
    office.night()


def _close(folder: Path, now: datetime) -> None:
    office = _open(folder, now)
    office.close(month_of(office.today) - 1)  # the town closed the one before


def _open(folder: Path, now: datetime) -> Office:
    transactions = Transactions(open_database(f"sqlite:///{folder / 'town.sqlite3'}"))
    # no staff is asked in a run
    nobody: Any = None
    return Office(transactions, folder / "payments", now, nobody, nobody, nobody)


def _copy(base: Path, folder: Path) -> Path:
    shutil.copytree(base, folder)
    return folder


def _state(folder: Path) -> dict[str, Any]:
    engine = open_database(f"sqlite:///{folder / 'town.sqlite3'}")
    with Transactions(engine)() as session:
        rows: dict[str, Any] = {
            kind.__tablename__: sorted(
                str(tuple(row)) for row in session.execute(select(*(getattr(kind, name) for name in names)))
            )
            for kind, names in WRITTEN.items()
        }
    engine.dispose()
    files = sorted((folder / "payments").glob("payment-*"))
    return rows | {path.name: path.read_bytes() for path in files}


def _town(tmp_path: Path, now: datetime) -> Path:
    """Build a town in which every step of a night has something to do, and months to pay back."""
    base = tmp_path / "base"
    base.mkdir()
    engine = open_database(f"sqlite:///{base / 'town.sqlite3'}")
    schema.upgrade(engine)
    transactions = Transactions(engine)
    with transactions() as session:
        call_cast(session, now=now)
    office = open_office(transactions, base / "payments", now - timedelta(days=40))
    today = office.today + timedelta(days=40)
    people = [office.pensioner(200_000 + place) for place in range(PEOPLE)]
    with transactions() as session:
        for place, one in enumerate(people):
            person = session.get_one(Retiree, one.id)
            person.due_by = today + timedelta(days=(60, 15, 7, -40, -50)[place % 5])
            if place % 2:
                _give_account(session, person, now)
            if place % 3 == 0:
                session.add(
                    Call(
                        retiree_id=person.id,
                        owner_code=person.owner_code,
                        due_by=person.due_by - timedelta(days=1),
                        listed_at=office.now,
                        called_at=office.now,
                        outcome=CallOutcome.NO_ANSWER,
                    )
                )
    office.night()
    office.approve(*office.proposed())
    office.close(month_of(office.today))
    office.now = now
    with transactions() as session:
        # some came meanwhile: pensions to resume, proposals to let go
        for one in people[::4]:
            session.get_one(Retiree, one.id).certified_until = date(2025, 12, 31)
    office.happens(LifeEventKind.MISSING, people[1], today - timedelta(days=300))
    office.happens(LifeEventKind.IMPRISONED, people[2], today - timedelta(days=100))
    office.happens(LifeEventKind.DEATH, people[5], today - timedelta(days=60))
    office.tell(LifeEventKind.DEATH, people[6], today - timedelta(days=3))
    office.approve(*office.proposed(people[5]))
    engine.dispose()
    return base


def _give_account(session: Any, person: Retiree, now: datetime) -> None:
    account = Account(kind=AccountKind.WECHAT, identity_index=str(person.id), openid=f"o{person.id}", created_at=now)
    session.add(account)
    session.flush()
    session.add(
        Binding(
            account_id=account.id,
            retiree_id=person.id,
            relation=Relation.SELF,
            created_at=now - timedelta(days=100),
            confirmed_at=now - timedelta(days=100),
            confirmed_by=Confirmation.FACE,
        )
    )
