from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models import Region
from models.region import RegionLevel
from words import ROSTER, ROSTER_REASON_COLUMN

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions

GOOD = "编码,名称,电话\n430102991,长青街道,0731-00000001\n430102991001,银杏社区,\n"


def _import(app: Flask, path: Path) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["regions", "import", str(path), "--json"])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_it_works(app: Flask, transactions: Transactions, tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(GOOD)
    assert _import(app, path)["added"] == 2
    with transactions() as session:
        rows = session.execute(
            select(Region.code, Region.level, Region.parent_code, Region.telephone).where(
                Region.code.startswith("430102991")
            )
        ).all()
    assert sorted(tuple(row) for row in rows) == [
        ("430102991", RegionLevel.SUBDISTRICT, "430102", "0731-00000001"),
        ("430102991001", RegionLevel.COMMUNITY, "430102991", None),
    ]


def test_the_same_file_twice_changes_nothing_and_a_new_name_does(
    app: Flask, transactions: Transactions, tmp_path: Path
) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(GOOD)
    _import(app, path)
    assert _import(app, path)["unchanged"] == 2
    path.write_text(GOOD.replace("银杏社区", "桂花社区").replace("0731-00000001", ""))
    report = _import(app, path)
    assert (report["updated"], report["unchanged"]) == (1, 1)
    with transactions() as session:
        assert session.get_one(Region, "430102991").telephone == "0731-00000001"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("43010299,长青街道,", "region_code_form"),
        ("430102991,,", "region_name_missing"),
        ("110101001,东华门街道,", "region_parent_unknown"),
        ("430102992001,银杏社区,", "region_parent_unknown"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_bad_line_is_handed_back(app: Flask, tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(f"编码,名称,电话\n{line}\n430102993,别的街道,\n")
    report = _import(app, path)
    assert (report["added"], report["rejected"]) == (1, 1)
    with (tmp_path / "regions.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[ROSTER_REASON_COLUMN] for row in csv.DictReader(file)] == [ROSTER[reason]]
