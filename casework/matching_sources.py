"""The mapping of each source of matching data, as the operator's file declares it: read, and refused where unclear."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from models.matching import SignKind

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("id_number", "name", "birthday", "happened_on", "recorded_on", "outcome")
_KEYS = {"title", "department", "columns", "dates", "sign", "outcomes", "strength", "oldest_days"}
_STRENGTHS = ("strong", "weak")
_LONGEST_NAME, _LONGEST_TITLE = 48, 64
_MOST_DAYS = 3650


class SourcesWrong(Exception):
    """The file of sources cannot be used; the text names the source and what is wrong with it."""


@dataclass(frozen=True)
class SignSource:
    """One source. columns: by the names in FIELDS, the headings that stand for each.

    sign: what a row means where `outcomes` does not say otherwise; None: a row must say it. is_strong: whether its
    evidence of life certifies, for `oldest_days` days. declared: the declaration itself, to tell a changed one by.
    """

    name: str
    title: str
    department: str
    columns: Mapping[str, tuple[str, ...]]
    dates: tuple[str, ...]
    sign: SignKind | None
    outcomes: Mapping[str, SignKind]
    is_strong: bool
    oldest_days: int
    declared: str

    @property
    def required(self) -> tuple[str | tuple[str, ...], ...]:
        """The columns that a file must have; of several in brackets at least one."""
        by = ("id_number",) if "id_number" in self.columns else ("name", "birthday")
        day = ("happened_on", "recorded_on") if "recorded_on" in self.columns else "happened_on"
        return (*by, day, *(("outcome",) if self.outcomes else ()))


def read_sources(text: str) -> dict[str, SignSource]:
    """Return the sources of a YAML text by name; raise SourcesWrong."""
    try:
        found = yaml.safe_load(text)
        sources, dates = found["sources"], found["dates"]
        return {str(name): _source(str(name), declared, dates) for name, declared in sources.items()}
    except yaml.YAMLError:
        raise SourcesWrong("it is no YAML") from None
    except (AttributeError, KeyError, TypeError):
        raise SourcesWrong("it has no `sources` and `dates` of the right shape") from None


def _source(name: str, declared: Any, dates: list[str]) -> SignSource:
    if not isinstance(declared, dict) or set(declared) - _KEYS:
        raise SourcesWrong(f"{name}: it may say {', '.join(sorted(_KEYS))} and nothing else")
    try:
        sign = declared.get("sign")
        source = SignSource(
            name=name,
            title=str(declared["title"]),
            department=str(declared["department"]),
            columns={field: _headings(headings) for field, headings in declared["columns"].items()},
            dates=tuple(map(str, declared.get("dates", dates))),
            sign=None if sign is None else SignKind(sign),
            outcomes={str(said): SignKind(kind) for said, kind in declared.get("outcomes", {}).items()},
            is_strong=_STRENGTHS.index(declared.get("strength", "weak")) == 0,
            oldest_days=int(declared.get("oldest_days", 0)),
            declared=json.dumps([name, declared, dates], ensure_ascii=False, sort_keys=True),
        )
    except KeyError as missing:
        raise SourcesWrong(f"{name}: {missing} is missing") from None
    except (AttributeError, TypeError, ValueError):
        raise SourcesWrong(f"{name}: a value is none of those it may have") from None
    _check(source)
    return source


def _headings(declared: Any) -> tuple[str, ...]:
    # of a text by itself each sign would be a heading
    if not isinstance(declared, list):
        raise TypeError
    return tuple(map(str, declared))


def _check(source: SignSource) -> None:
    """Raise SourcesWrong for a declaration that could not be followed."""
    wrong = {
        "the name or title is too long": len(source.name) > _LONGEST_NAME
        or max(len(source.title), len(source.department)) > _LONGEST_TITLE,
        "`columns` knows " + ", ".join(FIELDS): not set(source.columns) <= set(FIELDS),
        "`columns` needs id_number, or name and birthday": not (
            "id_number" in source.columns or {"name", "birthday"} <= set(source.columns)
        ),
        "`columns` needs happened_on": not source.columns.get("happened_on"),
        "`outcomes` and the column `outcome` need each other": ("outcome" in source.columns) != bool(source.outcomes),
        "neither `sign` nor `outcomes` is given": source.sign is None and not source.outcomes,
        "beside `outcomes` that may be deaths, life that certifies is an outcome too, and not `sign`": source.is_strong
        and source.sign is SignKind.LIFE
        and bool(source.outcomes),
        "`dates` needs formats with %Y and %m, each part once": not source.dates
        or not all(form.count("%Y") == form.count("%m") == 1 and form.count("%d") <= 1 for form in source.dates),
        "strong evidence of life needs `oldest_days`": source.is_strong and not 0 < source.oldest_days <= _MOST_DAYS,
    }
    for sentence, is_wrong in wrong.items():
        if is_wrong:
            raise SourcesWrong(f"{source.name}: {sentence}")
