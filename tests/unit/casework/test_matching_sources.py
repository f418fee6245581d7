from __future__ import annotations

from typing import Any

import pytest
import yaml

from casework.matching_sources import SourcesWrong, read_sources
from models.matching import MatchedBy, SignDecision, SignKind
from policy.identity_number import Flaw
from tests.architecture.source import ROOT
from words import matching as words

SHIPPED = (ROOT / "casework" / "matching_sources.yaml").read_text(encoding="utf-8")
GOOD: dict[str, Any] = {
    "title": "看病记录",
    "department": "卫生健康部门",
    "columns": {"id_number": ["身份证号"], "happened_on": ["日期"]},
    "sign": "life",
    "strength": "strong",
    "oldest_days": 30,
}


def _declare(**changes: Any) -> str:
    source = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return yaml.safe_dump({"dates": ["%Y-%m-%d"], "sources": {"clinic": source}}, allow_unicode=True)


def test_it_works() -> None:
    source = read_sources(_declare())["clinic"]
    assert (source.sign, source.is_strong, source.oldest_days) == (SignKind.LIFE, True, 30)
    assert (source.dates, source.required) == (("%Y-%m-%d",), ("id_number", "happened_on"))


def test_the_shipped_sources_are_documented() -> None:
    page = (ROOT / "docs" / "matching.md").read_text()
    for name, source in read_sources(SHIPPED).items():
        (row,) = [line for line in page.splitlines() if line.startswith("| `") and f"`{name}`" in line]
        assert (f"| yes | {source.oldest_days} |" in row) is source.is_strong, name


def test_evidence_of_death_never_certifies() -> None:
    for source in read_sources(SHIPPED).values():
        assert not source.is_strong or SignKind.LIFE in {source.sign, *source.outcomes.values()}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": None}, "title"),
        ({"sign": "alive"}, "none of those"),
        ({"strength": "iron"}, "none of those"),
        ({"oldest_days": None}, "oldest_days"),
        ({"sign": None}, "neither"),
        ({"columns": {"happened_on": ["日期"]}}, "id_number"),
        ({"columns": {"id_number": ["身份证号"]}}, "happened_on"),
        ({"columns": {"id_number": ["身份证号"], "happened_on": ["日期"], "hospital": ["医院"]}}, "knows"),
        ({"outcomes": {"死亡": "death"}}, "outcome"),
        ({"columns": GOOD["columns"] | {"outcome": ["情况"]}, "outcomes": {"死亡": "death"}}, "not `sign`"),
        ({"columns": {"id_number": "身份证号", "happened_on": ["日期"]}}, "none of those"),
        ({"dates": ["%d.%m"]}, "dates"),
        ({"dates": ["%Y-%m-%m"]}, "dates"),
        ({"colour": "red"}, "nothing else"),
        ({"title": "长" * 65}, "too long"),
    ],
)
def test_what_cannot_be_followed_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SourcesWrong, match=sentence):
        read_sources(_declare(**changes))


@pytest.mark.parametrize("text", ["", "- a", "sources: 5\ndates: []", "sources: [", "sources: {clinic: 5}\ndates: []"])
def test_no_sources_at_all(text: str) -> None:
    with pytest.raises(SourcesWrong):
        read_sources(text)


def test_everything_has_words() -> None:
    assert set(words.DECISIONS) == set(SignDecision)
    assert set(words.KINDS) == set(SignKind)
    assert set(words.MATCHED_BY) == set(MatchedBy)
    assert {flaw.value for flaw in Flaw} <= set(words.ROWS)
