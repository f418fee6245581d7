from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

import words.figures as labels
from api.console.exports import MARK_PURPOSE
from casework.figures import count_figures
from casework.risk import Reason
from casework.spreadsheets import defuse
from models import AuditEntry, CertificationSession, RegionFigure, Retiree
from models.certification import Channel
from models.figure import FigureCount
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY, OTHER_DISTRICT, SUBDISTRICT
from tests.factories.retirees import make_retiree
from words.protection import EXPORT_MARK

if TYPE_CHECKING:
    from datetime import datetime

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.staff import Desk

CITY = "430100"
PAGES = (
    "/figures?region={region}",
    "/figures/people?region={region}&which=all",
    "/figures/risk?region={region}",
    "/figures/cases/visits?region={region}",
    "/figures/cases/closed?region={region}",
    "/figures/cases/faces?region={region}&which=failed&by=sex:female",
    "/figures/export.csv?region={region}",
    "/figures/export.xlsx?region={region}",
    "/figures/people.csv?region={region}&which=overdue",
    "/figures/people.xlsx?region={region}&which=certified&channel=counter",
    "/figures/cases/visits.csv?region={region}",
    "/figures/cases/faces.xlsx?region={region}",
)


def counted(transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        count_figures(session, 2025, now=now)


def download(desk: Desk, path: str) -> TestResponse:
    return desk.client.get(f"/staff{path}", buffered=True)


def test_it_works(desks: dict[str, Desk], transactions: Transactions, now: datetime) -> None:
    # nobody takes the figures of a year that was never counted for those of a city without retirees
    assert "下面的0不算数" in desks["city"].get("/figures").text
    answer = desks["city"].post("/figures", region=CITY, year="2025")
    assert answer.status_code == 303
    with transactions() as session:
        assert session.get_one(FigureCount, 2025).counted_at == now
    shown = desks["city"].get("/figures").text
    assert "不算数" not in shown
    assert "芙蓉区" in shown
    assert "2025-03-10 10:00" in shown
    assert f"region={DISTRICT}" in shown
    drilled = desks["city"].get(f"/figures?region={DISTRICT}").text
    assert "长青街道" in drilled
    assert "银杏社区" in desks["city"].get(f"/figures?region={SUBDISTRICT}").text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_its_own_region_alone(desks: dict[str, Desk], path: str) -> None:
    for name in ("worker", "subdistrict", "district", "agency", "city", "auditor"):
        answer = desks[name].get(path.format(region=COMMUNITY))
        assert answer.status_code == 200, (path, name)
        answer.close()
    for name in ("neighbour", "far_district", "far_agency", "far_auditor"):
        assert desks[name].get(path.format(region=COMMUNITY)).status_code == 404, (path, name)
    assert desks["worker"].get(path.format(region=CITY)).status_code == 404


def test_nobody_counts_for_another_region(desks: dict[str, Desk]) -> None:
    assert desks["worker"].post("/figures", region=OTHER_COMMUNITY, year="2025").status_code == 404
    assert desks["worker"].client.post("/staff/figures", data={"region": COMMUNITY}).status_code == 403


def test_whoever_counts_twice_in_a_minute_is_told(desks: dict[str, Desk]) -> None:
    desks["city"].post("/figures", year="2025")
    answer = desks["district"].post("/figures", year="2025")
    shown = desks["district"].client.get(answer.headers["Location"]).text
    assert labels.BUSY in shown


def test_a_community_is_counted_live_and_its_lists_are_as_long(
    desks: dict[str, Desk], cast: Cast, transactions: Transactions
) -> None:
    with transactions() as session:
        for _ in range(60):
            make_retiree(session, community_code=COMMUNITY).due_by = date(2025, 3, 1)
        zhou = session.get_one(Retiree, cast.old_zhou.id)
        zhou.certified_until, zhou.certified_by = date(2025, 12, 31), Channel.HOME_VISIT
    shown = desks["worker"].get("/figures").text
    assert re.search(r"<dt>已过期</dt><dd><a [^>]+>60</a>", shown)
    first = desks["worker"].get("/figures/people?which=overdue").text
    assert first.count('data-label="姓名"') == 50
    rest = desks["worker"].client.get(unescape(re.findall(r'href="([^"]+)">下一页', first)[0])).text
    assert rest.count('data-label="姓名"') == 10
    assert "下一页" not in rest
    visited = desks["worker"].get("/figures/people?which=certified&channel=home_visit").text
    assert "周守田" in visited
    assert cast.old_zhou.id_number not in visited


def test_lists_and_files_hold_no_whole_numbers(
    desks: dict[str, Desk], cast: Cast, transactions: Transactions, vault: Vault
) -> None:
    with transactions() as session:
        session.get_one(Retiree, cast.old_zhou.id).name = "=HYPERLINK(1)"
    answer = download(desks["worker"], "/figures/people.csv?which=all")
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.reader(io.StringIO(text)))
    assert tuple(rows[0]) == (*labels.PEOPLE_HEADINGS, EXPORT_MARK)
    # every line says who took it and when, and whoever puts another name there is found out
    login, day, minute, sign = rows[1][-1].split(" ")
    assert sign == vault.blind_index(f"{login} {day} {minute}", MARK_PURPOSE)[:8]
    assert f"{day} {minute}" == "2025-03-10 10:00:00"
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][1] == "430102********531" + cast.old_zhou.id_number[-1]
    sheet = load_workbook(io.BytesIO(download(desks["worker"], "/figures/people.xlsx?which=all").data)).active
    assert sheet is not None
    assert [cell.data_type for cell in list(sheet.rows)[1]][:2] == ["s", "s"]
    with transactions() as session:
        entries = session.query(AuditEntry).filter_by(action="people.export").all()
        assert [entry.reason for entry in entries] == [f"all {COMMUNITY} 1"] * 2
        assert [entry.shown_ids for entry in entries] == [[cast.old_zhou.id]] * 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(defuse(text)).startswith("'")
    assert defuse(-1) == -1


def test_the_table_as_a_file(desks: dict[str, Desk], transactions: Transactions, now: datetime) -> None:
    counted(transactions, now)
    answer = download(desks["subdistrict"], "/figures/export.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == [labels.REGION, *labels.COLUMNS.values()]
    assert [(row[0], row[1]) for row in rows[1:]] == [("银杏社区", "1"), ("桂花社区", "1"), (labels.TOTAL, "2")]


@pytest.mark.parametrize(
    "path",
    [
        "/figures?year=2019",
        "/figures?year=2026",
        "/figures?year=x",
        "/figures/people?which=some",
        "/figures/people?after=x_y_z",
        "/figures/people?year=2024&which=overdue",
        "/figures/cases/faces?by=shoes:42",
        "/figures/cases/visits?after=2025-01-01_0",
    ],
)
def test_nonsense_is_refused(desks: dict[str, Desk], path: str) -> None:
    assert desks["worker"].get(path).status_code == 422


@pytest.mark.parametrize("path", ["/figures/cases/shoes", "/figures/people.pdf", "/figures/export.doc"])
def test_what_does_not_exist(desks: dict[str, Desk], path: str) -> None:
    assert desks["worker"].get(path).status_code == 404


def test_lists_of_cases_are_one_owners(desks: dict[str, Desk]) -> None:
    assert desks["subdistrict"].get("/figures/cases/visits").status_code == 404
    assert desks["subdistrict"].get("/figures/risk").status_code == 404
    assert desks["far_agency"].get(f"/figures/cases/visits?region={OTHER_DISTRICT}&alone=1").status_code == 200


def test_charts_carry_their_numbers(desks: dict[str, Desk], transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        session.add_all(
            RegionFigure(code=CITY, year=2025, name=f"sum:{name}", bucket="sex:female", value=value)
            for name, value in (("face_tried", 8), ("face_first", 4), ("face_end", 6))
        )
        session.add(FigureCount(year=2025, counted_at=now, claimed_until=None))
    shown = desks["city"].get("/figures").text
    charts = [json.loads(unescape(found)) for found in re.findall(r'data-chart="([^"]+)"', shown)]
    assert charts[1]["parts"] == ["女"]
    assert [one["values"] for one in charts[1]["series"]] == [[50.0], [75.0]]
    assert "4（50.0%）" in shown


def test_every_reason_has_words(desks: dict[str, Desk], cast: Cast) -> None:
    assert set(labels.RISK_REASONS) == set(Reason)
    shown = desks["worker"].get("/figures/risk").text
    assert cast.old_zhou.name in shown
    assert labels.RISK_REASONS["no_phone"] in shown


def test_the_public_page_names_nobody_and_no_small_group(
    client: FlaskClient, cast: Cast, transactions: Transactions, now: datetime
) -> None:
    del cast
    assert client.get("/figures").status_code == 200, "before anything was counted"
    with transactions() as session:
        for bucket, tried in (("", 209), ("age:70-74", 200), ("age:95+", 9)):
            for name, value in (("face_tried", tried), ("face_first", tried // 2), ("face_end", tried - 3)):
                session.add(RegionFigure(code=CITY, year=2025, name=f"sum:{name}", bucket=bucket, value=value))
        session.add(RegionFigure(code=CITY, year=2025, name="sum:days_to_close", bucket="6", value=11))
        session.add(FigureCount(year=2025, counted_at=now, claimed_until=None))
    shown = client.get("/figures").text
    assert "70-74岁" in shown
    assert "<td>50%</td><td>98%</td>" in shown
    assert re.search(r'95岁以上</th><td colspan="2">', shown)
    assert "<strong>6天</strong>" in shown
    assert "209" not in shown
    assert "银杏社区" not in shown
    assert client.get("/figures?year=2024").status_code == 200
    assert client.get("/figures?year=2020").status_code == 422
    with transactions() as session:
        assert session.query(CertificationSession).count() == 0
