from __future__ import annotations

import json
import resource
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select

from casework.audit_anchors import Anchor, AnchorsUnreadable, read_anchors, write_anchor
from casework.audit_check import LATE, FaultKind, check_audit
from jobs.audit import AuditRounds
from models import AuditBlock, AuditEntry
from models.session import Transactions
from services import NAME
from tests.audit import act, anchors_of, faults_of, seal, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from models.vault import Vault
    from settings import Settings


@pytest.fixture
def database(own_engine: Engine) -> Transactions:
    return Transactions(own_engine)


def test_an_end_cut_off_is_seen_by_its_anchor(database: Transactions, vault: Vault, now: datetime) -> None:
    for _ in range(2):
        act(database, 2, now)
        seal(database, vault, now)
    [anchor] = anchors_of(database)

    def cut_off(session: Session) -> None:
        session.execute(delete(AuditBlock).where(AuditBlock.number == 2))
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > 2))

    tamper(database, cut_off)
    assert faults_of(database, vault) == [], "whoever cuts the file as well is not seen"
    assert faults_of(database, vault, anchor) == [(FaultKind.BLOCK_MISSING, 2)]
    # and another end in its place is none
    act(database, 1, now)
    seal(database, vault, now)
    assert faults_of(database, vault, anchor) == [(FaultKind.ANCHOR_BROKEN, 2)]


def test_a_chain_without_its_file_is_told_and_a_young_installation_is_not(
    database: Transactions, vault: Vault, now: datetime
) -> None:
    def faults() -> list[tuple[FaultKind, int]]:
        return [(one.kind, one.place) for one in check_audit(database, (), vault=vault, now=now).faults]

    assert faults() == []
    act(database, 2, now)
    assert faults() == []
    for _ in range(2):
        act(database, 1, now)
        seal(database, vault, now)
    assert faults() == [(FaultKind.UNANCHORED, 1)]


def test_a_file_that_nobody_writes_any_more_is_told(database: Transactions, vault: Vault, now: datetime) -> None:
    later = now + LATE + timedelta(minutes=2)

    def seal_one(at: datetime) -> None:
        act(database, 1, at)
        seal(database, vault, at)

    def faults(at: datetime) -> list[tuple[FaultKind, int]]:
        return [(one.kind, one.place) for one in check_audit(database, anchors, vault=vault, now=at).faults]

    seal_one(now)
    anchors = anchors_of(database)
    # what was sealed in the last minute before a stop is anchored after it
    seal_one(now + timedelta(seconds=30))
    assert faults(later) == []
    seal_one(later)
    # nor is what others seal and anchor while this looks
    assert faults(now + timedelta(minutes=1)) == []
    assert faults(later) == [(FaultKind.UNANCHORED, 2)]


def test_rows_that_nobody_seals_are_told_where_the_service_is_one(
    database: Transactions, vault: Vault, now: datetime
) -> None:
    act(database, 3, now)

    def faults(days: int, *, in_service: bool) -> list[tuple[FaultKind, int]]:
        at = now + timedelta(days=days)
        proof = check_audit(database, (), vault=vault, now=at, in_service=in_service)
        assert proof.unsealed == 3
        return [(fault.kind, fault.place) for fault in proof.faults]

    assert faults(1, in_service=True) == []
    assert faults(2, in_service=True) == [(FaultKind.UNSEALED, 1)]
    assert faults(2, in_service=False) == [], "a trial seals while its server runs"


def test_lines_of_the_file_only_ever_rise(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    assert list(read_anchors(path)) == []
    anchors = [Anchor("2025-03-10", block, f"{block:072x}") for block in range(1, 100)]
    # a slower process, or a database that was put back to what it was before
    written = [write_anchor(path, one) for anchor in anchors for one in (anchor, anchor, anchors[0])]
    assert written == [True, False, False] * 99
    assert list(read_anchors(path)) == anchors


def test_a_line_that_a_crash_cut_is_told_and_does_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_text('{"day": "2025-03-09", "blo')
    assert write_anchor(path, Anchor("2025-03-10", 1, "00"))
    with pytest.raises(AnchorsUnreadable, match="line 1"):
        list(read_anchors(path))
    assert json.loads(path.read_text().splitlines()[1])["day"] == "2025-03-10"


def test_what_an_unreadable_line_asks_for_helps(
    app: Flask, settings: Settings, transactions: Transactions, now: datetime, tmp_path: Path
) -> None:
    rounds = AuditRounds(app.extensions[NAME])
    for minute in range(3):
        act(transactions, 2, now)
        rounds(now + timedelta(minutes=2 * minute))
    file = settings.audit_anchor_file
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0] + lines[1][:20] + "\n" + lines[2])
    told = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 1
    for step in ("第2行", "留好原文件", "删去这一行", "flask audit verify --anchors"):
        assert step in told.output
    copy = tmp_path / "copy.jsonl"
    copy.write_text(lines[0] + lines[2])
    assert app.test_cli_runner().invoke(args=["audit", "verify", "--anchors", str(copy)]).exit_code == 0


def test_a_line_for_which_there_is_no_room_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    first, second = Anchor("2025-03-10", 1, "00"), Anchor("2025-03-10", 2, "00")
    write_anchor(path, first)
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="No space"):
            write_anchor(path, second)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
    assert list(read_anchors(path)) == [first]
    assert write_anchor(path, second)


def test_the_rounds_anchor_every_minute_and_what_was_cut_off_since_is_told(
    app: Flask, settings: Settings, transactions: Transactions, now: datetime
) -> None:
    # two processes, each with its rounds; the file is one
    one, other = AuditRounds(app.extensions[NAME]), AuditRounds(app.extensions[NAME])
    blocks = []
    for go, seconds in ((one, 0), (other, 5), (one, 10), (one, 30)):
        act(transactions, 2, now)
        assert go(now + timedelta(seconds=seconds)) == 2
        blocks.append([line.block for line in read_anchors(settings.audit_anchor_file)])
    assert blocks == [[1], [1, 2], [1, 2], [1, 2]]
    # also when nothing was added since
    assert one(now + timedelta(seconds=70)) == 0
    assert [line.block for line in read_anchors(settings.audit_anchor_file)] == [1, 2, 4]

    def cut_off(session: Session) -> None:
        low = session.scalar(select(func.max(AuditEntry.sequence))) or 0
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > low - 4))
        session.execute(delete(AuditBlock).where(AuditBlock.number > 2))

    tamper(transactions, cut_off)
    verify = ("audit", "verify", "--json")
    told = app.test_cli_runner().invoke(args=verify)
    assert (told.exit_code, json.loads(told.output)["faults"]) == (
        1,
        [{"kind": "block_missing", "place": 4, "entry_id": None}],
    )
    settings.audit_anchor_file.unlink()
    told = app.test_cli_runner().invoke(args=verify)
    assert (told.exit_code, json.loads(told.output)["faults"]) == (
        1,
        [{"kind": "unanchored", "place": 1, "entry_id": None}],
    )
    assert "锚定文件不见了" in app.test_cli_runner().invoke(args=["audit", "verify"]).output
