"""Files as other offices write them: a line that is spoilt costs nothing but itself."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.matching import HEADING, take_in, write

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.cast import Cast


def _rejected(path: Path) -> list[list[str]]:
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_a_quote_that_nobody_closes_takes_in_no_other_line(app: Flask, cast: Cast, tmp_path: Path) -> None:
    li, zhou, chen = cast.grandma_li, cast.old_zhou, cast.far_chen
    path = tmp_path / "torn.csv"
    path.write_text(
        f"身份证号,姓名,就诊日期,备注\n"
        f'{li.id_number},{li.name},2025-03-01,"复诊\n'
        f'{zhou.id_number},"{zhou.name},2025-03-01,\n'
        f'{chen.id_number},{chen.name},2025-03-01,"分两\n行写"\n',
        encoding="utf-8",
    )
    report = take_in(app, path)
    assert (report["read"], report["certified"], report["rejected"]) == (3, 2, 1)
    assert [row[0] for row in _rejected(path)] == [zhou.id_number]


def test_a_cell_too_long_to_be_read_spoils_its_own_line(app: Flask, cast: Cast, tmp_path: Path) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    long = "何" * 200_000
    path = write(tmp_path, (zhou.id_number, long, "2025-03-01"), (li.id_number, li.name, "2025-03-01"))
    report = take_in(app, path)
    assert (report["certified"], report["rejected"]) == (1, 1)
    assert "姓名太长" in _rejected(path)[0][-1]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_the_delimiter_is_that_of_the_heading(app: Flask, cast: Cast, tmp_path: Path, delimiter: str) -> None:
    li = cast.grandma_li
    path = tmp_path / "titled.csv"
    lines = (HEADING, (li.id_number, li.name, "2025-03-01"))
    path.write_text("某医院,三月,就诊\n" + "\n".join(map(delimiter.join, lines)), encoding="utf-8")
    assert take_in(app, path)["certified"] == 1


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_name_cut_off_within_a_character_spoils_its_own_line(
    app: Flask, cast: Cast, tmp_path: Path, mark: bytes
) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    path = tmp_path / "cut.csv"
    whole = f"{','.join(HEADING)}\n{li.id_number},{li.name},2025-03-01\n{zhou.id_number},{zhou.name}"
    path.write_bytes(mark + whole.encode()[:-1] + b",2025-03-01\n")
    report = take_in(app, path)
    assert (report["certified"], report["rejected"]) == (1, 1)
    assert "有的字读不出来" in _rejected(path)[0][-1]


@pytest.mark.parametrize("name", ["book.xls", "book.csv", "book"])
def test_a_spreadsheet_is_one_whatever_it_is_called(app: Flask, cast: Cast, tmp_path: Path, name: str) -> None:
    li = cast.grandma_li
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(list(HEADING))
    book.active.append([li.id_number, li.name, "2025-03-01"])
    book.save(tmp_path / "book.xlsx")
    path = (tmp_path / "book.xlsx").rename(tmp_path / name)
    assert take_in(app, path)["certified"] == 1
