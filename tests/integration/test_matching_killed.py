"""An import that is killed again and again leaves what one leaves that nobody disturbed."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, select

from app import create_app
from casework.namesakes import Named, add_names
from models import (
    AuditEntry,
    Certification,
    LifeEvent,
    MatchingImport,
    OutboxMessage,
    Retiree,
    Sign,
    Ticket,
)
from models.session import Transactions, open_database
from services import NAME
from settings import Settings
from tests.cast import COMMUNITY, call_cast
from tests.conftest import DATA_KEY
from tests.databases import KINDS, copied_url, migrated_url, wait_for_leaving
from tests.factories.accounts import add_own_account
from tests.factories.retirees import make_id_number, make_retiree
from tests.fakes.clock import StandingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session

    from models.vault import Vault

PEOPLE, ROWS, CHUNK = 300, 1500, 20
KILLS = 20

pytestmark = pytest.mark.slow


def _settle(session: Session, vault: Vault, now: datetime) -> None:
    """Let people live here, every other one of whom is told in WeChat."""
    call_cast(session, now=now)
    for place in range(PEOPLE):
        birthday = date(1940, 1, 1 + place % 28)
        number = make_id_number(birthday=birthday, serial=place)
        person = make_retiree(session, id_number=number, name=f"王{place:x}", community_code=COMMUNITY)
        add_names(session, [Named(person.id, person.name, birthday)], vault)
        if place % 2:
            add_own_account(session, person, now)


def _write_rows(path: Path) -> None:
    random = Random(3)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["身份证号", "姓名", "出院日期", "离院方式"])
        for _ in range(ROWS):
            place = random.randrange(PEOPLE + 30)
            number = make_id_number(birthday=date(1940, 1, 1 + place % 28), serial=place)
            day = f"2025-{random.choice((1, 2))}-{random.randrange(1, 32)}"
            outcome = "死亡" if random.random() < 0.03 else "医嘱离院"
            writer.writerow([number, random.choice((f"王{place:x}", "")), day, outcome])


@contextmanager
def _town(kind: str, folder: Path, vault: Vault, now: datetime) -> Iterator[str]:
    with migrated_url(kind, folder) as url:
        engine = open_database(url)
        with Transactions(engine)() as session:
            _settle(session, vault, now)
        engine.dispose()
        yield url


@contextmanager
def _copy(town: str, folder: Path) -> Iterator[str]:
    folder.mkdir()
    _write_rows(folder / "rows.csv")
    with copied_url(town, folder) as url:
        yield url


def _app(url: str, folder: Path, now: datetime) -> Flask:
    environ = {"DATABASE_URL": url, "DATA_DIR": str(folder / "var"), "DATA_KEY": DATA_KEY, "SECRET_KEY": "x" * 40}
    return create_app(Settings.read(environ | {"MATCHING_CHUNK_ROWS": str(CHUNK)}), clock=StandingClock(now))


def _take_in(url: str, folder: Path, now: datetime) -> int:
    """Take the file in; return the exit code."""
    arguments = ["matching", "import", str(folder / "rows.csv"), "--source", "hospital_discharge", "--json"]
    app = _app(url, folder, now)
    code = app.test_cli_runner().invoke(args=arguments).exit_code
    database = app.extensions[NAME].database
    assert isinstance(database, Engine)
    database.dispose()
    return code


def _begin(url: str, folder: Path, now: datetime) -> int:
    """Take the file in, in another process; return its id as soon as its work begins."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            _app(url, folder, now)
            os.write(writing, b"!")
            code = _take_in(url, folder, now)
        finally:
            os._exit(code)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return child


def _left(url: str, folder: Path) -> dict[str, Any]:
    """Return what an import left, in words that do not depend on ids drawn at random."""
    engine = open_database(url)
    with Transactions(engine)() as session:
        who = {person.id: person.id_number for person in session.scalars(select(Retiree))}
        named = {str(retiree_id): number for retiree_id, number in who.items()}
        left: dict[str, Any] = {
            "standing": sorted(
                (one.id_number, one.certified_until, one.certified_by, one.due_by)
                for one in session.scalars(select(Retiree).where(Retiree.certified_until.is_not(None)))
            ),
            "certifications": sorted(
                (who[one.retiree_id], one.period, one.channel, one.valid_until, one.sign_source, one.sign_on)
                for one in session.scalars(select(Certification))
            ),
            "signs": sorted(
                (who[one.retiree_id], one.source, one.kind, one.happened_on, one.line, one.matched_by, one.decision)
                for one in session.scalars(select(Sign))
            ),
            "tickets": sorted(
                (who[one.retiree_id], one.kind, one.is_urgent, one.status, one.due_by)
                for one in session.scalars(select(Ticket))
                if one.retiree_id is not None
            ),
            "events": sorted(
                (who[one.retiree_id], one.kind, one.status, one.happened_on, one.content)
                for one in session.scalars(select(LifeEvent))
                if one.retiree_id is not None
            ),
            "messages": sorted(
                (who[one.retiree_id], one.notice, json.loads(one.values)["seen_on"])
                for one in session.scalars(select(OutboxMessage))
                if one.retiree_id is not None
            ),
            "audit": sorted(
                (one.action, named.get(one.subject_id, one.subject_kind), one.reason)
                for one in session.scalars(select(AuditEntry))
            ),
            "imports": [
                (one.lines_taken, sorted(one.counts.items()), one.finished_at)
                for one in session.scalars(select(MatchingImport))
            ],
            "receipts": len(set(session.scalars(select(Certification.receipt_number)))),
        }
    engine.dispose()
    return left | {"rejected": (folder / "rows.csv.rejected.csv").read_text(encoding="utf-8-sig")}


def _is_finished(url: str) -> bool:
    engine = open_database(url)
    with Transactions(engine)() as session:
        finished = session.scalar(select(MatchingImport.finished_at))
    engine.dispose()
    return finished is not None


@pytest.mark.parametrize("kind", KINDS)
def test_killed_again_and_again(kind: str, tmp_path: Path, vault: Vault, now: datetime) -> None:
    quiet, noisy = tmp_path / "quiet", tmp_path / "noisy"
    with _town(kind, tmp_path, vault, now) as town:
        with _copy(town, quiet) as url:
            began = time.monotonic()
            assert _take_in(url, quiet, now) == 0
            whole = time.monotonic() - began
            expected = _left(url, quiet)
        with _copy(town, noisy) as url:
            _kill_again_and_again(url, noisy, now, whole)
            found = _left(url, noisy)
    assert len(expected["certifications"]) > PEOPLE / 2
    assert len(expected["tickets"]) > 10
    assert expected["rejected"].count("\n") > 10
    for what in expected:
        assert found[what] == expected[what], what


def _kill_again_and_again(url: str, folder: Path, now: datetime, whole: float) -> None:
    """Kill an import at random points and begin it anew each time, then bring it to its end.

    whole: how many seconds an undisturbed one takes.
    """
    random = Random(11)
    killed = 0
    while killed < KILLS and not _is_finished(url):
        child = _begin(url, folder, now)
        time.sleep(random.uniform(0, whole / 12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        wait_for_leaving(url)
        killed += 1
    assert killed >= KILLS / 2, "it was over before it was killed often"
    assert _is_finished(url) or _take_in(url, folder, now) == 0
