"""Spreadsheets that name other files, unpack without end, or compute; and messages that name addresses."""

from __future__ import annotations

import io
import socket
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import select

from models import Retiree
from tests.factories.retirees import make_id_number

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions

NUMBER = make_id_number(serial=77)
SECRET = "what no roster may say"
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>'


def _spreadsheet(path: Path, *cells: object) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["姓名", "身份证号", "户籍"])
    sheet.append([*cells])
    book.save(path)
    return path


def _rewritten(path: Path, member: str, old: str, new: str, prolog: str) -> Path:
    """Put a declaration before one member of a spreadsheet, and something else into it."""
    whole = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w") as written:
        for name in whole.namelist():
            content = whole.read(name).decode()
            if name == member:
                assert old in content
                content = prolog + content.partition("?>")[2] if content.startswith("<?xml") else prolog + content
                content = content.replace(old, new)
            written.writestr(name, content)
    return path


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_spreadsheet_brings_no_other_file_along(
    app: Flask, transactions: Transactions, tmp_path: Path, member: str
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    path = _spreadsheet(tmp_path / "roster.xlsx", "王某某", NUMBER)
    prolog = ENTITY.format(address=(tmp_path / "secret").as_uri())
    old = "王某某" if member.endswith("Strings.xml") else "<sheetData>"
    new = "&e;" if member.endswith("Strings.xml") else "<sheetData><!-- &e; -->"
    _rewritten(path, member, old, new, prolog)
    app.test_cli_runner().invoke(args=["people", "import", str(path)])
    with transactions() as session:
        assert not any(SECRET in person.name for person in session.scalars(select(Retiree)))
    written = [one for one in tmp_path.iterdir() if one.name.endswith(".csv")]
    assert not any(SECRET in one.read_text(encoding="utf-8-sig") for one in written)


def test_a_spreadsheet_calls_no_address(app: Flask, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.dtd"
        path = _spreadsheet(tmp_path / "roster.xlsx", "王某某", NUMBER)
        _rewritten(path, "xl/sharedStrings.xml", "王某某", "&e;", ENTITY.format(address=address))
        app.test_cli_runner().invoke(args=["people", "import", str(path)])
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_spreadsheet_that_unpacks_without_end_is_refused_unread(app: Flask, tmp_path: Path) -> None:
    path = _spreadsheet(tmp_path / "roster.xlsx", "王某某", NUMBER)
    content = bytearray(path.read_bytes())
    # what its own directory says of one member: five gigabytes; nothing is unpacked to find out
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (0xFFFFFF00).to_bytes(4, "little")
    second = content.rindex(b"PK\x01\x02", 0, entry)
    content[second + 24 : second + 28] = (0xFFFFFF00).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json"])
    assert done.exit_code == 1
    assert "roster_unreadable" in done.output


def test_a_formula_in_a_cell_is_text_or_nothing(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    path = _spreadsheet(tmp_path / "roster.xlsx", "=1+1", NUMBER)
    app.test_cli_runner().invoke(args=["people", "import", str(path)])
    with transactions() as session:
        assert [person.name for person in session.scalars(select(Retiree)) if person.name == "2"] == []
