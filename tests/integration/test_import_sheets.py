"""What a clerk saves otherwise than asked is told to them, and none of it is left out in silence."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import func, select

from app import create_app
from casework.roster import take_over
from casework.roster_rows import RosterRow
from clock import local_date
from models import Retiree
from models.session import Transactions
from policy import identity_number
from tests.factories.retirees import make_id_number
from tests.office import RULES, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from click.testing import Result
    from flask import Flask
    from sqlalchemy import Engine

    from settings import Settings

HEADING = ("姓名", "身份证号", "参保地编码")
PEOPLE = [("王某某", make_id_number(birthday=date(1947, 5, 6), serial=serial), "430105") for serial in range(5)]


def _book(path: Path, **sheets: Sequence[Sequence[str]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_people_on_another_sheet_are_not_left_out_in_silence(
    app: Flask, transactions: Transactions, tmp_path: Path
) -> None:
    path = _book(tmp_path / "roster.xlsx", 一组=[HEADING, *PEOPLE[:2]], 二组=[HEADING, *PEOPLE[2:]], 空白=[])
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json"])
    assert json.loads(done.stdout)["added"] == 2
    assert "（二组）" in done.stderr
    assert "没有导入" in done.stderr
    with transactions() as session:
        assert session.scalar(select(func.count()).select_from(Retiree)) == 2
    one = _book(tmp_path / "one.xlsx", 一组=[HEADING, *PEOPLE[:2]], 空白=[])
    assert app.test_cli_runner().invoke(args=["people", "import", str(one), "--json"]).stderr == ""


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_of_two_imports_at_once_the_second_says_so_and_goes_on_when_begun_again(
    own_engine: Engine, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    app = create_app(settings, database=own_engine)
    path = _book(tmp_path / "roster.xlsx", 一组=[HEADING, *PEOPLE])
    row = RosterRow(
        identity_number.read(PEOPLE[0][1], today=local_date(now)), "王某某", None, None, None, "430105", None, None
    )

    def run() -> Result:
        return app.test_cli_runner().invoke(args=["people", "import", str(path), "--json"])

    with ThreadPoolExecutor(1) as threads:
        with Transactions(own_engine)() as session:
            take_over(session, [row], clock=RULES.clock, vault=settings.open_vault(), actor=SYSTEM, now=now)
            begun = threads.submit(run)
            assert not wait([begun], timeout=2).done, "it waits for the one that was first"
        done = begun.result()
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, "imported_beside")
    report = json.loads(run().stdout)
    assert (report["added"], report["unchanged"]) == (4, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        # as Excel writes a file with a password: a compound document without a workbook in it
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1656) + "EncryptedPackage".encode("utf-16-le"), "roster_locked"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1656), "roster_unreadable"),
        # as Excel writes "Unicode text"
        ("\t".join(HEADING).encode("utf-16"), "roster_unreadable"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_file_that_is_not_read_is_called_what_it_is(app: Flask, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(content)
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, code)
