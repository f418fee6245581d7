from __future__ import annotations

from datetime import date

import pytest

from casework.matching import Chunk
from casework.matching_rows import SignRow
from models.matching import SignKind
from tests.factories.retirees import make_id_number

NUMBERS = [make_id_number(birthday=date(1940, 1, 1), serial=serial) for serial in range(60)]
DAY = date(2025, 3, 1)


def _row(number: str | None, kind: SignKind = SignKind.LIFE) -> SignRow:
    return SignRow(number, "王秀英", date(1940, 1, 1), kind, DAY)


def _chunk() -> Chunk:
    """Return a chunk in which everybody stands twice, one is dead and one has no number."""
    rows = [_row(number) for number in NUMBERS * 2] + [_row(NUMBERS[0], SignKind.DEATH), _row(None)]
    indexes = {number: [f"digest of {number}"] for number in NUMBERS}
    return Chunk(100, len(rows) + 3, 3, list(enumerate(rows, 101)), indexes)


@pytest.mark.parametrize("lanes", [1, 2, 3, 5])
def test_every_line_goes_in_one_lane(lanes: int) -> None:
    chunk = _chunk()
    parts = chunk.dealt(lanes)
    assert [part.lane for part in parts] == list(range(lanes))
    assert sorted(line for part in parts for line, _ in part.rows) == [line for line, _ in chunk.rows]
    assert sum(part.rejected for part in parts) == chunk.rejected
    assert {(part.after, part.lines) for part in parts} == {(chunk.after, chunk.lines)}, "all say how far that is"
    assert all(part.rows for part in parts), "nobody has nothing to do"


def test_what_may_hold_somebody_goes_first_and_a_person_in_one_lane() -> None:
    first, *others = _chunk().dealt(3)
    assert [(row.kind, row.id_number) for _, row in first.rows] == [(SignKind.DEATH, NUMBERS[0]), (SignKind.LIFE, None)]
    people = [{row.id_number for _, row in part.rows} for part in others]
    assert people[0].isdisjoint(people[1])
    assert [set(part.indexes) for part in others] == people, "no lane looks for somebody else's people"
