"""The dictionary of how people say things, as `knowledge/words.yaml` holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from policy.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Facet:
    """A question that hangs on one about `before` and asks for just this is about `after`."""

    asks: re.Pattern[str]
    before: str
    after: str


@dataclass(frozen=True)
class Words:
    """What the dictionary holds.

    plain: every way of saying it, to the plain one. of_people: patterns that count behind a person, with what
    is put there. fillers: said without meaning. terms: words of the field that are known by their sound. bare: words
    that mean one of two topics when they stand alone, beside words that are empty. follow: what a question begins with
    that hangs on the one before. facets: what such a question may ask for. death, order, asks: words of a death, of an
    order, of a question. of_death: topics for whoever speaks of a death; around_death: what says so without its words;
    no_death: what denies it.
    """

    plain: dict[str, str]
    any_plain: re.Pattern[str]
    of_people: tuple[tuple[re.Pattern[str], str], ...]
    fillers: re.Pattern[str]
    terms: tuple[str, ...]
    bare: dict[str, tuple[str, str]]
    empty: re.Pattern[str]
    follow: re.Pattern[str]
    facets: tuple[Facet, ...]
    death: re.Pattern[str]
    of_death: frozenset[str]
    around_death: re.Pattern[str]
    no_death: re.Pattern[str]
    order: re.Pattern[str]
    asks: re.Pattern[str]


def read_words(path: Path) -> Words:
    """Return the dictionary of a file; raise ValueError naming what is wrong with it."""
    try:
        found = read_yaml(path)
        plain = {str(said): str(meant) for said, meant in found["plain"].items()}
        people = {said: meant for meant, all_said in found["people"].items() for said in all_said}
        who = "|".join(map(re.escape, found["people"]))
        return Words(
            plain=plain | people,
            any_plain=_any_of(plain | people),
            of_people=tuple((re.compile(pattern.replace("{who}", who)), put) for pattern, put in found["of_people"]),
            fillers=_any_of(found["fillers"]),
            terms=tuple(found["terms"]),
            bare={word: (one, other) for word, (one, other) in found["bare"].items()},
            empty=_any_of(found["empty"]),
            follow=_any_of(found["follow"]),
            facets=tuple(Facet(re.compile(one["asks"]), one["from"], one["to"]) for one in found["facets"]),
            death=re.compile(found["death"]),
            of_death=frozenset(found["of_death"]["topics"]),
            around_death=re.compile(found["of_death"]["words"]),
            no_death=re.compile(found["of_death"]["denied"]),
            order=re.compile(found["order"]),
            asks=re.compile(found["asks"]),
        )
    except (yaml.YAMLError, KeyError, ValueError, TypeError, AttributeError, re.error) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of any of these words, the longest that fits first."""
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
