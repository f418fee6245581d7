from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import func, select, text

from casework.matching import begin_import
from casework.matching_sources import read_sources
from casework.search_index import name_index
from certification.certify import certify
from commands.matching import DECLARED
from commands.rejects import Rejects
from models import (
    AuditEntry,
    Certification,
    MatchingImport,
    MatchingLane,
    OutboxMessage,
    Retiree,
    Sign,
    Ticket,
    Transition,
)
from models.audit import is_entry_signed
from models.certification import Channel
from models.session import Transactions
from refusal import Refusal
from tests.matching import (
    HEADING,
    RULES,
    STRANGER,
    WHO,
    deaths,
    let_wechat_reach,
    refused,
    take_in,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine

    from models.vault import Vault
    from tests.cast import Cast

_AWAITED = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid")


@pytest.fixture
def reachable(transactions: Transactions, cast: Cast) -> Cast:
    return let_wechat_reach(transactions, cast)


def test_it_works(app: Flask, transactions: Transactions, reachable: Cast, tmp_path: Path, now: datetime) -> None:
    li = reachable.grandma_li
    report = take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-01"), (STRANGER, "何某", "2025-03-01")))
    assert (report["read"], report["certified"], report["unmatched"], report["rejected"]) == (2, 1, 1, 0)
    with transactions() as session:
        found = session.scalars(select(Certification)).one()
        assert (found.retiree_id, found.channel, found.period) == (li.id, Channel.DATA_MATCH, "2025")
        assert (found.valid_until, found.next_due_by) == (date(2025, 12, 31), date(2026, 12, 31))
        assert (found.sign_source, found.sign_on, found.rule_set) == ("hospital_visit", date(2025, 3, 1), RULES.name)
        assert (found.certified_at, found.revoked_at, found.attempt_id) == (now, None, None)
        assert len(found.receipt_number) == len("2025-AAAA-BBBB-CCCC")
        retiree = session.get_one(Retiree, li.id)
        assert (retiree.certified_until, retiree.certified_by) == (date(2025, 12, 31), Channel.DATA_MATCH)
        assert retiree.due_by == date(2026, 12, 31)
        audit = session.scalars(select(AuditEntry).where(AuditEntry.action == "certify")).one()
        assert (audit.subject_kind, audit.subject_id, audit.reason) == ("Retiree", str(li.id), "data_match")
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.account_id, message.notice) == (reachable.grandma_li_account.id, "certified_by_data")
        assert json.loads(message.values) == {
            "receipt": found.receipt_number,
            "valid_until": "2025-12-31",
            "source": "看病记录",
            "seen_on": "2025-03-01",
        }
        assert message.cause == f"certified:{found.id}:{reachable.grandma_li_account.id}"
        made = session.scalars(select(MatchingImport)).one()
        assert (made.lines_taken, made.finished_at) == (2, now)


def test_what_certify_writes_one_by_one_is_the_same(
    app: Flask, transactions: Transactions, reachable: Cast, tmp_path: Path, now: datetime, vault: Vault
) -> None:
    """The quick way leaves what the one way to certify leaves: the same columns, the same rows beside it."""
    li, zhou = reachable.grandma_li, reachable.old_zhou
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-01")))
    with transactions() as session:
        certify(session, session.get_one(Retiree, zhou.id), Channel.DATA_MATCH, rules=RULES, actor=WHO, now=now)
    with transactions() as session:
        ours, theirs = (
            session.scalars(select(Certification).where(Certification.retiree_id == one.id)).one() for one in (li, zhou)
        )
        own = {"id", "retiree_id", "receipt_number", "sign_source", "sign_on"}
        for column in set(Certification.__table__.columns.keys()) - own:
            assert getattr(ours, column) == getattr(theirs, column), column
        first, second = (session.get_one(Retiree, one.id) for one in (li, zhou))
        for column in ("certified_until", "certified_by", "due_by"):
            assert getattr(first, column) == getattr(second, column)
        audits = session.scalars(select(AuditEntry).where(AuditEntry.action == "certify")).all()
        assert all(is_entry_signed(audit, audit.signature or b"", vault) for audit in audits)
        assert {(audit.subject_id, audit.reason, audit.at) for audit in audits} == {
            (str(one.id), "data_match", now) for one in (li, zhou)
        }
        messages = session.scalars(select(OutboxMessage)).all()
        assert len(messages) == 2
        own = {"id", "cause", "account_id", "retiree_id", "notice", "values"}
        for column in set(OutboxMessage.__table__.columns.keys()) - own:
            assert len({getattr(message, column) for message in messages}) == 1, column


def test_the_same_file_twice_changes_nothing(
    app: Flask, transactions: Transactions, reachable: Cast, tmp_path: Path, vault: Vault
) -> None:
    li, zhou = reachable.grandma_li, reachable.old_zhou
    with transactions() as session:
        session.get_one(Retiree, zhou.id).name_index = name_index(zhou.name, vault)
    path = write(
        tmp_path, (li.id_number, li.name, "2025-03-01"), (zhou.id_number, "别的名", "2025-03-02"), ("x", "", "")
    )
    first = take_in(app, path)
    assert (first["certified"], first["suspicious"], first["rejected"]) == (1, 1, 1)
    with transactions() as session:
        before = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Certification, OutboxMessage, Ticket, Sign, AuditEntry, Transition)
        }
    second = take_in(app, path)
    assert (second["certified"], second["suspicious"], second["known"], second["rejected"]) == (0, 0, 2, 1)
    with transactions() as session:
        after = {table: session.scalar(select(func.count()).select_from(table)) for table in before}
        assert after == before | {AuditEntry: (before[AuditEntry] or 0) + 1}, "but for the audit of the import itself"


def test_an_import_that_a_release_without_lanes_began_goes_on_where_it_stood(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    path = write(tmp_path, (li.id_number, li.name, "2025-03-01"), (zhou.id_number, zhou.name, "2025-03-01"))
    take_in(app, path)
    with transactions() as session:
        made = session.scalars(select(MatchingImport)).one()
        made.lines_taken, made.counts, made.finished_at = 1, {"read": 1, "certified": 1}, None
    report = take_in(app, path)
    assert (report["resumed_from_line"], report["read"], report["certified"], report["known"]) == (1, 2, 1, 1)
    with transactions() as session:
        assert session.scalars(select(MatchingImport.lines_taken)).all() == [2]
        assert session.scalars(select(MatchingLane)).all() == [], "nothing is left of the lanes"


def test_a_row_that_was_of_nobody_certifies_once_the_person_is_known(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    path = write(tmp_path, (li.id_number, li.name, "2025-03-01"))
    with transactions() as session:
        session.get_one(Retiree, li.id).id_number_index = "elsewhere"
    assert take_in(app, path)["unmatched"] == 1
    with transactions() as session:
        session.get_one(Retiree, li.id).id_number_index = li.id_number_index
    assert take_in(app, path)["certified"] == 1


def test_of_many_rows_the_newest_counts(app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path) -> None:
    li = cast.grandma_li
    rows = [(li.id_number, li.name, day) for day in ("2025-02-01", "2025-03-05", "2025-03-01")]
    report = take_in(app, write(tmp_path, *rows))
    assert (report["certified"], report["known"]) == (1, 2)
    with transactions() as session:
        assert session.scalars(select(Sign.happened_on)).all() == [date(2025, 3, 5)], "no history of visits is kept"
        assert session.scalars(select(Certification.sign_on)).all() == [date(2025, 3, 5)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "李桂香", "2025-03-01"), "没有身份证号"),
        (("430102194503081234", "李桂香", "2025-03-01"), "最后一位对不上"),
        (("4.30102E+17", "李桂香", "2025-03-01"), "被表格改成了数字"),
        ((STRANGER, "何某", "2025-13-01"), "日期不对"),
        ((STRANGER, "何某", ""), "日期不对"),
        ((STRANGER, "何某", "2025-03-11"), "日期还没有到"),
        ((STRANGER, "何" * 51, "2025-03-01"), "姓名太长"),
    ],
)
@pytest.mark.usefixtures("cast")
def test_a_bad_row_is_set_aside_with_its_reason(
    app: Flask, tmp_path: Path, row: tuple[str, str, str], reason: str
) -> None:
    path = write(tmp_path, row)
    assert take_in(app, path)["rejected"] == 1
    with (tmp_path / "file.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [one["身份证号"] for one in written] == [row[0]]
    assert reason in written[0]["原因"]


@pytest.mark.usefixtures("cast")
def test_a_rejected_cell_runs_no_formula(app: Flask, tmp_path: Path) -> None:
    take_in(app, write(tmp_path, ('=HYPERLINK("x")', "＋何某", "\x00@2025")))
    with (tmp_path / "file.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.reader(file))[1:]
    assert row[:3] == ['\'=HYPERLINK("x")', "'＋何某", "'@2025"], "also in the wide form, or behind what nobody sees"


def test_other_forms_of_file(app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path) -> None:
    li, zhou, chen = cast.grandma_li, cast.old_zhou, cast.far_chen
    gbk = tmp_path / "gbk.csv"
    gbk.write_bytes(f"医院,患者姓名,就诊时间,证件号码\n甲,{li.name},2025年3月1日,{li.id_number}\n".encode("gbk"))
    assert take_in(app, gbk)["certified"] == 1
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["某医院三月就诊"])
    book.active.append(list(HEADING))
    book.active.append([zhou.id_number, zhou.name, datetime(2025, 3, 1, 9, 30)])  # noqa: DTZ001 - a spreadsheet's
    book.active.append([])
    book.active.append([chen.id_number, chen.name, "20250302083000"])
    book.save(tmp_path / "book.xlsx")
    assert take_in(app, tmp_path / "book.xlsx")["certified"] == 2
    with transactions() as session:
        lines = {row.retiree_id: row.line for row in session.execute(select(Sign.retiree_id, Sign.line))}
    assert lines == {li.id: 2, zhou.id: 3, chen.id: 5}, "the numbers that the file itself shows"


def test_each_decision_is_explained(app: Flask, cast: Cast, tmp_path: Path, transactions: Transactions) -> None:
    li = cast.grandma_li
    take_in(app, write(tmp_path, (STRANGER, "何某", "2025-03-01"), (li.id_number, li.name, "2025-03-01")))
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-02-20")), "cremation")
    done = app.test_cli_runner().invoke(args=["matching", "explain", "--id-number", li.id_number, "--json"])
    signs = {one["kind"]: one for one in json.loads(done.stdout)["signs"]}
    assert signs["life"]["decision"] == "certified"
    assert (signs["life"]["title"], signs["life"]["line"], signs["life"]["happened_on"]) == (
        "看病记录",
        3,
        "2025-03-01",
    )
    assert signs["life"]["receipt"].startswith("2025-")
    assert (signs["death"]["decision"], signs["death"]["receipt"]) == ("contradictory", None)
    said = app.test_cli_runner().invoke(args=["matching", "explain", "--id-number", li.id_number]).stdout
    assert "已经按这条记录认证" in said
    assert "一边说去世" in said
    assert li.id_number not in said
    with transactions() as session:
        looked = session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "matching.explain")).all()
    assert looked == [str(li.id)] * 2


@pytest.mark.usefixtures("cast")
def test_who_must_be_refused(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, (STRANGER, "何某", "2025-03-01"))
    assert refused(app, path, "nowhere")["code"] == "source_unknown"
    assert refused(app, tmp_path / "none.csv")["code"] == "file_not_found"
    assert (
        refused(app, write(tmp_path, ("x", "y", "z"), heading=("甲", "乙", "丙")))["code"] == "roster_heading_missing"
    )
    done = app.test_cli_runner().invoke(args=["matching", "explain", "--id-number", STRANGER, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, "unknown_retiree")


@pytest.mark.usefixtures("cast")
def test_of_two_processes_with_one_file_the_second_touches_nothing(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, ("x", "何某", "2025-03-01"))
    with Rejects(path, HEADING) as first:
        first.add(("x", "何某", "2025-03-01"), ["原因"])
        assert refused(app, path)["code"] == "import_elsewhere"
        first.flush()
        assert "何某" in first.path.read_text(encoding="utf-8-sig")
    assert take_in(app, path)["rejected"] == 1


def test_of_two_that_begin_at_the_same_moment_one_is_refused(own_engine: Engine, vault: Vault, now: datetime) -> None:
    """Also with copies of the file, which no lock on it tells of. On SQLite the second waits, and goes on with it."""
    transactions = Transactions(own_engine)
    source = read_sources(DECLARED.read_text(encoding="utf-8"))["train"]
    begin = partial(begin_import, source=source, content="x", at_once=1, vault=vault, actor=WHO, now=now)

    def begin_second() -> str:
        try:
            with transactions() as session:
                begin(session)
        except Refusal as refusal:
            return refusal.code
        return "gone on with"

    with ThreadPoolExecutor(max_workers=1) as aside:
        with transactions() as session:
            begin(session)
            session.flush()
            second = aside.submit(begin_second)
            while own_engine.dialect.name == "postgresql" and not session.scalar(_AWAITED):
                assert not second.done()
        assert second.result() == ("gone on with" if own_engine.dialect.name == "sqlite" else "import_elsewhere")
