"""From which day money is counted: no day that another department told is lost, and none passes for another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models import LifeEvent, Retiree, Sign
from tests.matching import refused, take_in, tickets_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from tests.cast import Cast

NUMBER_NAME = ("身份证号", "姓名")


def _events(transactions: Transactions, person: Retiree) -> list[tuple[str, str]]:
    with transactions() as session:
        events = session.scalars(select(LifeEvent).where(LifeEvent.retiree_id == person.id)).all()
        return sorted((one.kind.value, str(one.happened_on)) for one in events)


def _content(transactions: Transactions, person: Retiree) -> dict[str, Any]:
    with transactions() as session:
        content: dict[str, Any] = json.loads(
            session.scalars(select(LifeEvent.content).where(LifeEvent.retiree_id == person.id)).one()
        )
        return content


def test_two_sentences_of_one_file_are_two(app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path) -> None:
    li = cast.grandma_li
    rows = [(li.id_number, li.name, day) for day in ("2024-10-01", "2023-02-01", "2024-10-01")]
    path = write(tmp_path, *rows, heading=(*NUMBER_NAME, "收监日期"))
    report = take_in(app, path, "prison_entry")
    assert (report["suspicious"], report["known"]) == (2, 1)
    both = [("imprisoned", "2023-02-01"), ("imprisoned", "2024-10-01")]
    assert _events(transactions, li) == both
    assert take_in(app, path, "prison_entry")["known"] == 3
    assert _events(transactions, li) == both


def test_an_earlier_day_that_comes_later_is_kept(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    for month in ("2024-06", "2020-01"):
        path = write(tmp_path, (li.id_number, li.name, month), heading=(*NUMBER_NAME, "待遇开始日期"))
        assert take_in(app, path, "pension_elsewhere")["suspicious"] == 1
    assert _events(transactions, li) == [("duplicate_benefit", "2020-01-01"), ("duplicate_benefit", "2024-06-01")]


def test_a_death_put_right_is_one_record_and_two_words(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    for day in ("2025-02-05", "2024-09-05"):
        path = write(tmp_path, (li.id_number, li.name, day), heading=("逝者身份证号", "逝者姓名", "死亡日期"))
        assert take_in(app, path, "cremation")["suspicious"] == 1
    assert [kind for kind, _day in _events(transactions, li)] == ["death"]
    with transactions() as session:
        days = session.scalars(select(Sign.happened_on).where(Sign.retiree_id == li.id)).all()
        assert sorted(map(str, days)) == ["2024-09-05", "2025-02-05"], "which the ticket shows"
        assert len(tickets_of(session, li)) == 1


def test_older_evidence_of_life_is_still_passed_over(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    rows = [(li.id_number, li.name, day) for day in ("2025-03-01", "2025-02-01")]
    assert take_in(app, write(tmp_path, *rows))["known"] == 1
    assert take_in(app, write(tmp_path, rows[1]))["known"] == 1
    with transactions() as session:
        assert len(session.scalars(select(Sign).where(Sign.retiree_id == li.id)).all()) == 1


@pytest.mark.parametrize(
    ("source", "recorded", "number"),
    [
        ("household_cancellation", "注销日期", "公民身份号码"),
        ("cremation", "火化日期", "逝者身份证号"),
        ("burial", "安葬日期", "逝者身份证号"),
    ],
)
@pytest.mark.parametrize("died_on", ["2024-11-03", "", None])
def test_the_day_of_death_is_that_of_the_death(
    app: Flask,
    transactions: Transactions,
    cast: Cast,
    tmp_path: Path,
    source: str,
    recorded: str,
    number: str,
    died_on: str | None,
) -> None:
    """With both days, in whatever order, that of the death; with the other alone none, and the other in the record."""
    li = cast.grandma_li
    cells = {number: li.id_number, "姓名": li.name, recorded: "2025-02-20", "注销原因": "死亡"}
    if died_on is not None:
        cells["死亡日期"] = died_on
    path = write(tmp_path, tuple(cells.values()), heading=tuple(cells))
    assert take_in(app, path, source)["suspicious"] == 1
    assert _events(transactions, li) == [("death", str(died_on or None))]
    assert _content(transactions, li).get("recorded_on") == (None if died_on else "2025-02-20")


def test_a_file_without_any_day_is_refused(app: Flask, cast: Cast, tmp_path: Path) -> None:
    li = cast.grandma_li
    path = write(tmp_path, (li.id_number, li.name), heading=("逝者身份证号", "逝者姓名"))
    error = refused(app, path, "cremation")
    assert error["code"] == "roster_heading_missing"
    assert "死亡日期" in error["message"]


def test_of_two_columns_for_one_thing_the_declared_one_is_read(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    heading = (*NUMBER_NAME, "刑满日期", "释放日期")
    path = write(tmp_path, (li.id_number, li.name, "2025-03-01", "2025-01-15"), heading=heading)
    take_in(app, path, "prison_release")
    assert _events(transactions, li) == [("released", "2025-01-15")]
