from __future__ import annotations

import csv
import io
import json
import stat
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import func, select, update

from models import AuditEntry, Retiree
from models.retiree import InsuredKind
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY
from tests.factories.retirees import make_id_number
from words import ROSTER, ROSTER_REASON_COLUMN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from tests.cast import Cast

HEADING = ("姓名", "身份证号", "手机号", "住址", "社区编码", "参保地编码", "人员类别", "待遇开始日期")
NUMBER = make_id_number(birthday=date(1947, 5, 6), serial=101)
OTHER_NUMBER = make_id_number(birthday=date(1950, 12, 31), serial=202)
GOOD = ("王𠮷䶮", NUMBER, "13900001111", "长青路5号", COMMUNITY, DISTRICT, "企业", "2007-06-01")
OTHER_GOOD = ("欧阳·秀英", OTHER_NUMBER, "0731-85550000", "", OTHER_COMMUNITY, DISTRICT, "机关事业单位", "2011/1/1")

pytestmark = pytest.mark.usefixtures("cast")


def _text_of(rows: Sequence[Sequence[str]], heading: Sequence[str] = HEADING, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([heading, *rows])
    return text.getvalue()


def _write(folder: Path, *rows: Sequence[str], heading: Sequence[str] = HEADING) -> Path:
    path = folder / "名册.csv"
    path.write_text(_text_of(rows, heading), encoding="utf-8")
    return path


def _import(app: Flask, path: Path, *arguments: str) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json", *arguments])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _refused(app: Flask, path: Path, *arguments: str) -> dict[str, str]:
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json", *arguments])
    assert done.exit_code == 1, done.output
    error: dict[str, str] = json.loads(done.stdout)["error"]
    return error


def _rejected(path: Path) -> list[dict[str, str]]:
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _people(transactions: Transactions) -> dict[str, Retiree]:
    with transactions() as session:
        return {retiree.id_number: retiree for retiree in session.scalars(select(Retiree))}


def test_it_works(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    report = _import(app, _write(tmp_path, GOOD, OTHER_GOOD))
    assert (report["read"], report["added"], report["rejected"], report["rejected_file"]) == (2, 2, 0, None)
    retiree = _people(transactions)[NUMBER]
    assert (retiree.name, retiree.phone, retiree.address) == ("王𠮷䶮", "13900001111", "长青路5号")
    assert (retiree.community_code, retiree.agency_code) == (COMMUNITY, DISTRICT)
    assert (retiree.insured_kind, retiree.entitled_from) == (InsuredKind.ENTERPRISE, date(2007, 6, 1))
    assert not retiree.is_demonstration
    assert _people(transactions)[OTHER_NUMBER].phone == "073185550000"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_comes_in_several_dresses(
    app: Flask, transactions: Transactions, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(_text_of([GOOD], delimiter=delimiter).encode(encoding))
    assert _import(app, path)["added"] == 1
    assert _people(transactions)[NUMBER].name == "王𠮷䶮"


def test_gbk_files_come_from_old_machines(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(_text_of([("王朱镕", *GOOD[1:])]).encode("gbk"))
    assert _import(app, path)["added"] == 1
    assert _people(transactions)[NUMBER].name == "王朱镕"


def test_a_private_place_of_an_old_font_is_the_character_it_stood_for(
    app: Flask, transactions: Transactions, tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(_text_of([("王\ue81e", *GOOD[1:])]).encode("gb18030"))
    assert _import(app, path)["added"] == 1
    assert _people(transactions)[NUMBER].name == "王\u9fb4"


def test_a_spreadsheet_works_too(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2025年名册"])
    sheet.append(HEADING)
    sheet.append([*GOOD[:2], 13900001111, *GOOD[3:7], date(2007, 6, 1)])
    book.save(tmp_path / "roster.xlsx")
    assert _import(app, tmp_path / "roster.xlsx")["added"] == 1
    retiree = _people(transactions)[NUMBER]
    assert (retiree.name, retiree.phone, retiree.entitled_from) == ("王𠮷䶮", "13900001111", date(2007, 6, 1))


def test_a_number_that_a_spreadsheet_cut_is_not_guessed(app: Flask, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADING)
    whole = next(n for serial in range(101, 200, 2) if not (n := make_id_number(serial=serial)).endswith("X"))
    sheet.append([GOOD[0], float(whole), *GOOD[2:]])
    book.save(tmp_path / "roster.xlsx")
    assert _import(app, tmp_path / "roster.xlsx")["rejected"] == 1
    assert _rejected(tmp_path / "roster.xlsx")[0][ROSTER_REASON_COLUMN] == ROSTER["id_number_lost_digits"]


def test_the_same_file_twice_changes_nothing(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD, OTHER_GOOD)
    _import(app, path)
    with transactions() as session:
        before = session.scalar(select(func.count(AuditEntry.id)))
    report = _import(app, path)
    assert (report["added"], report["updated"], report["unchanged"]) == (0, 0, 2)
    with transactions() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == before == 2


def test_a_changed_line_updates_and_leaves_a_trace(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    _import(app, _write(tmp_path, GOOD))
    report = _import(app, _write(tmp_path, (*GOOD[:2], "13900002222", *GOOD[3:])))
    assert (report["added"], report["updated"], report["unchanged"]) == (0, 1, 0)
    retiree = _people(transactions)[NUMBER]
    with transactions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.update")).one()
    assert retiree.phone == "13900002222"
    assert (entry.subject_id, entry.reason, entry.actor_kind) == (str(retiree.id), "phone", "command")
    assert NUMBER not in entry.reason


def test_an_empty_cell_leaves_what_is_known(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    _import(app, _write(tmp_path, GOOD))
    report = _import(app, _write(tmp_path, GOOD[:2], heading=HEADING[:2]))
    assert report["rejected"] == 1  # without an agency nobody knows whom to ask
    report = _import(app, _write(tmp_path, (*GOOD[:2], DISTRICT), heading=(*HEADING[:2], "agency_code")))
    assert report["unchanged"] == 1
    assert _people(transactions)[NUMBER].phone == "13900001111"


def test_columns_stand_in_any_order_under_either_name(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    heading = ("备注", "entitled_from", "agency_code", "身份证号码", "name")
    _import(app, _write(tmp_path, ("随便", "2007年6月1日", DISTRICT, NUMBER, "王一"), heading=heading))
    retiree = _people(transactions)[NUMBER]
    assert (retiree.name, retiree.community_code, retiree.entitled_from) == ("王一", None, date(2007, 6, 1))


def test_the_agency_follows_from_the_community(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    report = _import(app, _write(tmp_path, ("王一", NUMBER, COMMUNITY), heading=("name", "id_number", "社区编码")))
    assert report["assumed"] == 1
    assert _people(transactions)[NUMBER].agency_code == DISTRICT


def test_a_first_day_that_a_later_roster_states_says_when_the_first_certification_is_due(
    app: Flask, transactions: Transactions, tmp_path: Path
) -> None:
    young = make_id_number(birthday=date(1972, 5, 6), serial=102)
    dated = ("id_number", "entitled_from", "name", "agency_code")
    _import(app, _write(tmp_path, ("王一", young, DISTRICT), heading=("name", "id_number", "agency_code")))
    assert _people(transactions)[young].due_by == date(2032, 12, 31), "taken for entitled from 60 on"
    path = _write(tmp_path, (young, "2024-06-01", "王一", DISTRICT), heading=dated)
    assert _import(app, path)["updated"] == 1
    assert _people(transactions)[young].due_by == date(2025, 12, 31)
    with transactions() as session:
        certified = {"certified_until": date(2025, 12, 31), "due_by": date(2026, 12, 31)}
        session.execute(update(Retiree).values(certified))
    path = _write(tmp_path, (young, "2024-07-01", "王一", DISTRICT), heading=dated)
    assert _import(app, path)["updated"] == 1
    assert _people(transactions)[young].due_by == date(2026, 12, 31), "a certification says it then"


def _with(**changes: str) -> list[str]:
    fields = ("name", "id_number", "phone", "address", "community", "agency", "kind", "day")
    return [changes.get(field, cell) for field, cell in zip(fields, GOOD, strict=True)]


WRONG_CHECK = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        (_with(name=" "), ["name_missing"]),
        (_with(name="王1"), ["name_unreadable"]),
        (_with(name="王\ue000"), ["name_unreadable"]),
        (_with(name="王" * 51), ["name_too_long"]),
        (_with(id_number=""), ["id_number_missing"]),
        (_with(id_number="430102470506101"), ["id_number_fifteen_digits"]),
        (_with(id_number="4.30102E+17"), ["id_number_lost_digits"]),
        (_with(id_number=NUMBER[:17]), ["id_number_form"]),
        (_with(id_number="护照 E12345678"), ["id_number_form"]),
        (_with(id_number="430102194702300018"), ["id_number_birthday"]),
        (_with(id_number="430102209901010018"), ["id_number_birthday"]),
        (_with(id_number="430102180001010018"), ["id_number_birthday"]),
        (_with(id_number=WRONG_CHECK), ["id_number_check_digit"]),
        (_with(address="长\ufffd路"), ["character_lost"]),
        (_with(phone="1390000111"), ["phone_form"]),
        (_with(address="长" * 201), ["address_too_long"]),
        (_with(community="430102991999"), ["community_unknown"]),
        (_with(community=DISTRICT), ["community_unknown"]),
        (_with(agency=""), []),
        (_with(agency="", community=""), ["agency_missing"]),
        (_with(agency="110101"), ["agency_unknown"]),
        (_with(agency=COMMUNITY), ["agency_unknown"]),
        (_with(kind="农民"), ["insured_kind_unknown"]),
        (_with(day="2007-13-01"), ["entitled_from_form"]),
        (_with(day="去年"), ["entitled_from_form"]),
        (_with(name="", phone="1"), ["name_missing", "phone_form"]),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_bad_line_is_handed_back_with_every_reason(
    app: Flask, tmp_path: Path, line: list[str], reasons: list[str]
) -> None:
    path = _write(tmp_path, line, OTHER_GOOD)
    report = _import(app, path)
    assert (report["added"], report["rejected"]) == (1 if reasons else 2, 1 if reasons else 0)
    if reasons:
        [back] = _rejected(path)
        assert back[ROSTER_REASON_COLUMN] == ";".join(ROSTER[reason] for reason in reasons)
        assert [back[column] for column in HEADING] == line


def test_typing_habits_are_forgiven(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    number = next(n for serial in range(1, 999) if (n := make_id_number(serial=serial)).endswith("X"))
    wide = number.lower().translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
    _import(app, _write(tmp_path, _with(id_number=f"' {wide} ", phone="+86 139-0000-1111")))
    assert _people(transactions)[number].phone == "13900001111"


def test_the_second_of_two_lines_is_handed_back(app: Flask, tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD, OTHER_GOOD, _with(phone=""))
    report = _import(app, path)
    assert (report["added"], report["rejected"]) == (2, 1)
    assert _rejected(path)[0][ROSTER_REASON_COLUMN] == ROSTER["twice_in_file"]


def test_somebody_young_is_let_in_with_a_warning(app: Flask, tmp_path: Path) -> None:
    report = _import(app, _write(tmp_path, _with(id_number=make_id_number(birthday=date(1990, 1, 1)))))
    assert (report["added"], report["warnings"]) == (1, {"under_pension_age": 1})


def test_the_rejected_file_is_private_and_harmless(app: Flask, tmp_path: Path) -> None:
    path = _write(tmp_path, _with(name='=HYPERLINK("http://example.cn")', address="+1"))
    report = _import(app, path)
    rejected = path.with_name(f"{path.name}.rejected.csv")
    assert report["rejected_file"] == str(rejected)
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    [back] = _rejected(path)
    assert (back["姓名"][:3], back["住址"]) == ("'=H", "'+1")


def test_the_rejected_file_goes_in_once_it_is_mended(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    path = _write(tmp_path, _with(name="", phone="+8613900001111"))
    _import(app, path)
    rejected = path.with_name(f"{path.name}.rejected.csv")
    rejected.write_text(rejected.read_text(encoding="utf-8-sig").replace(f",{NUMBER}", f"王一,{NUMBER}", 1))
    report = _import(app, rejected)
    assert (report["added"], report["rejected"]) == (1, 0)
    assert _people(transactions)[NUMBER].phone == "13900001111"


def test_an_earlier_rejected_file_does_not_stay(app: Flask, tmp_path: Path) -> None:
    path = _write(tmp_path, _with(name=""))
    _import(app, path)
    _import(app, _write(tmp_path, GOOD))
    assert not path.with_name(f"{path.name}.rejected.csv").exists()


def test_a_line_that_cannot_be_decoded_spoils_no_other(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    text = _text_of([GOOD, OTHER_GOOD]).encode("gb18030")
    path.write_bytes(text.replace("欧".encode("gb18030"), b"\xff\xff"))
    report = _import(app, path)
    assert (report["added"], report["rejected"]) == (1, 1)


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (b"", "roster_empty", "file"),
        ("姓名,手机号\n王一,1\n".encode(), "roster_heading_missing", "id_number"),
        (b"PK\x03\x04 not a spreadsheet", "roster_unreadable", "file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "roster_heading_missing", "id_number"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_is_no_roster_is_refused(app: Flask, tmp_path: Path, content: bytes, code: str, field: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    error = _refused(app, path)
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_file_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    error = _refused(app, tmp_path / "absent.csv")
    assert (error["code"], error["field"]) == ("file_not_found", "file")
    assert "absent.csv" in error["message"]
    assert _refused(app, _write(tmp_path, GOOD), "--photos", str(tmp_path / "absent"))["field"] == "photos"


def test_people_who_are_not_in_the_roster_are_left_alone(
    app: Flask, transactions: Transactions, tmp_path: Path, cast: Cast
) -> None:
    _import(app, _write(tmp_path, GOOD))
    assert cast.old_zhou.id_number in _people(transactions)
