from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.matching_rows import SignReader
from casework.matching_sources import SignSource, read_sources
from casework.roster_rows import RowRefused
from models.matching import SignKind
from tests.architecture.source import ROOT
from tests.factories.retirees import make_id_number
from words.matching import ROWS

TODAY = date(2025, 3, 10)
NUMBER = make_id_number(birthday=date(1950, 2, 3), serial=77)
SOURCES = read_sources((ROOT / "casework" / "matching_sources.yaml").read_text(encoding="utf-8"))


def _reader(source: SignSource, fields: tuple[str | None, ...]) -> SignReader:
    return SignReader(source, fields, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01",
        "2025-3-1",
        "2025/03/01",
        "20250301",
        "2025年3月1日",
        "2025-03-01 08:05",
        "2025-03-01T08:05:59.123",
        "20250301080559",
        "'2025-03-01",
        " 2025-03-01 ",
    ],
)
def test_how_days_are_written(text: str) -> None:
    row = _reader(SOURCES["hospital_visit"], ("id_number", "happened_on")).read((NUMBER, text))
    assert row.happened_on == date(2025, 3, 1)


@pytest.mark.parametrize("text", ["2025-02-30", "01/03/2025", "45717", "2025031", "1825-03-01", "昨天", "2025-03-01x"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(RowRefused) as refused:
        _reader(SOURCES["hospital_visit"], ("id_number", "happened_on")).read((NUMBER, text))
    assert refused.value.reasons == ("happened_on_form",)


def test_a_month_is_its_first_day() -> None:
    row = _reader(SOURCES["pension_elsewhere"], ("id_number", "happened_on")).read((NUMBER, "201502"))
    assert (row.kind, row.happened_on) == (SignKind.DUPLICATE, date(2015, 2, 1))


@pytest.mark.parametrize("text", ["202302300800", "20230231", "201513", "2015-02 08:00"])
def test_a_day_that_does_not_exist_is_no_month(text: str) -> None:
    with pytest.raises(RowRefused) as refused:
        _reader(SOURCES["pension_elsewhere"], ("id_number", "happened_on")).read((NUMBER, text))
    assert refused.value.reasons == ("happened_on_form",)


def test_a_row_says_itself_what_it_means() -> None:
    reader = _reader(SOURCES["hospital_discharge"], ("id_number", "happened_on", "outcome"))
    kinds = [reader.read((NUMBER, "2025-03-01", outcome)).kind for outcome in ("死亡", "5", "1", "医嘱离院")]
    assert kinds == [SignKind.DEATH, SignKind.DEATH, SignKind.LIFE, SignKind.LIFE]


@pytest.mark.parametrize("outcome", ["", "5.0", "５", "已死亡", "死亡。", "5.死亡", "临床死亡", "0"])
def test_an_outcome_that_nobody_declared_is_no_evidence_of_life(outcome: str) -> None:
    with pytest.raises(RowRefused) as refused:
        _reader(SOURCES["hospital_discharge"], ("id_number", "happened_on", "outcome")).read(
            (NUMBER, "2025-03-01", outcome)
        )
    assert refused.value.reasons == ("outcome_unknown",)


def test_every_reason_is_given_at_once() -> None:
    reader = _reader(SOURCES["household_cancellation"], ("id_number", "happened_on", "outcome"))
    with pytest.raises(RowRefused) as refused:
        reader.read(("", "", "?"))
    assert refused.value.reasons == ("id_number_missing", "happened_on_form", "outcome_unknown")


def test_a_short_line_is_a_line_with_empty_cells() -> None:
    with pytest.raises(RowRefused):
        _reader(SOURCES["hospital_visit"], ("id_number", "name", "happened_on")).read((NUMBER,))


@given(st.lists(st.text(max_size=30), max_size=6))
def test_whatever_stands_in_a_line_is_read_or_refused_with_words(cells: list[str]) -> None:
    reader = _reader(
        SOURCES["household_cancellation"], ("id_number", "name", "birthday", "happened_on", "outcome", None)
    )
    reasons: tuple[str, ...] = ()
    try:
        assert reader.read(cells).happened_on <= TODAY
    except RowRefused as refused:
        reasons = refused.reasons
    assert set(reasons) <= set(ROWS)


@pytest.mark.parametrize(
    ("died_on", "expected"), [("2024-11-03", (date(2024, 11, 3), True)), ("", (date(2025, 2, 20), False))]
)
def test_the_day_itself_comes_before_the_day_of_its_record(died_on: str, expected: tuple[date, bool]) -> None:
    fields = ("id_number", "recorded_on", "happened_on", "outcome")
    row = _reader(SOURCES["household_cancellation"], fields).read((NUMBER, "2025-02-20", died_on, "死亡"))
    assert (row.happened_on, row.is_day_exact) == expected
