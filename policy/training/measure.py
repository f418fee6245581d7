"""How good the answers are on questions with labels: the shares that are right, asked back, refused, and wrong."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy.answering.reply import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_DIRECT = frozenset({Behaviour.ANSWER, Behaviour.SERVICE})
_NEVER_ANSWERED = frozenset({"injection", "third_party", "credential", "health", "amount"})
_STYLES = ("homophone", "dialect", "short", "traditional", "implicit", "long")
_CERTAIN = 1.96


@dataclass
class Share:
    """How many of how many."""

    hits: int = 0
    of: int = 0

    def add(self, *, is_hit: bool) -> None:
        """Count one."""
        self.hits += is_hit
        self.of += 1

    @property
    def percent(self) -> float:
        """The share in hundredths; 0 of nothing."""
        return 100 * self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson, in hundredths."""
        if not self.of:
            return (0.0, 100.0)
        share, square = self.hits / self.of, _CERTAIN**2
        spread = _CERTAIN * math.sqrt(share * (1 - share) / self.of + square / 4 / self.of**2)
        middle, whole = share + square / 2 / self.of, 1 + square / self.of
        return (100 * (middle - spread) / whole, 100 * (middle + spread) / whole)


@dataclass
class Measures:
    """The shares by name, and how often one topic was shown in place of another."""

    shares: dict[str, Share]
    confusions: Counter[tuple[str, str]]

    def count(self, name: str, *, is_hit: bool) -> None:
        """Count one question under a name."""
        self.shares.setdefault(name, Share()).add(is_hit=is_hit)


@dataclass(frozen=True)
class _Judged:
    """One reply against its label."""

    behaviour: str
    good: set[str]
    hit: bool
    direct: bool
    resolved: bool


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines. Raises OSError, ValueError."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def measure(questions: Iterable[Mapping[str, Any]], answers: Iterable[Mapping[str, Any]]) -> Measures:
    """Return how the answers (as `flask policy evaluate` writes them) stand against the questions' labels."""
    by_id = {answer["id"]: answer for answer in answers}
    found = Measures({}, Counter())
    for question in questions:
        answer = by_id.get(question["id"], {})
        judged = _judge(question, answer)
        match question["behaviour"]:
            case Behaviour.REFUSE:
                _count_outside(found, question, judged)
            case Behaviour.POLITE:
                found.count("polite", is_hit=judged.behaviour in {Behaviour.POLITE, Behaviour.ANSWER})
            case Behaviour.CLARIFY:
                offered = judged.good & set(answer.get("options") or ())
                found.count("ambiguous_asked", is_hit=judged.behaviour == Behaviour.CLARIFY and bool(offered))
            case _:
                _count_inside(found, question, answer, judged)
    return found


def _judge(question: Mapping[str, Any], answer: Mapping[str, Any]) -> _Judged:
    good = {question["intent"], *(question.get("intent_ok") or ())}
    behaviour = answer.get("behaviour") or ""
    direct, hit = behaviour in _DIRECT, answer.get("intent") in good
    asked = behaviour == Behaviour.CLARIFY and bool(good & set((answer.get("options") or [])[:2]))
    return _Judged(behaviour, good, hit, direct, (direct and hit) or asked)


def _count_outside(found: Measures, question: Mapping[str, Any], judged: _Judged) -> None:
    tags = question["tags"]
    is_refused = judged.behaviour == Behaviour.REFUSE or (judged.behaviour == Behaviour.POLITE and "insult" in tags)
    found.count("outside_refused", is_hit=is_refused)
    found.count("outside_answered", is_hit=judged.direct)
    if _NEVER_ANSWERED & set(tags):
        found.count("must_refuse", is_hit=is_refused)
    for kind in tags[1:2]:
        found.count(f"outside_refused:{kind}", is_hit=is_refused)


def _count_inside(found: Measures, question: Mapping[str, Any], answer: Mapping[str, Any], judged: _Judged) -> None:
    if judged.direct and not judged.hit:
        found.confusions[question["intent"], str(answer.get("intent"))] += 1
    if question.get("context"):
        found.count("follow_up_resolved", is_hit=judged.resolved)
        return
    found.count("resolved", is_hit=judged.resolved)
    found.count("right_at_once", is_hit=judged.direct and judged.hit)
    found.count("wrong_shown", is_hit=judged.direct and not judged.hit)
    found.count("wrongly_refused", is_hit=judged.behaviour == Behaviour.REFUSE)
    for style in _STYLES:
        if style in question["tags"]:
            found.count(f"resolved:{style}", is_hit=judged.resolved)
    if judged.direct:
        _count_answered(found, question, answer)


def _count_answered(found: Measures, question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    service = answer.get("service")
    fits = service == question["service"] or service in (question.get("service_ok") or ())
    found.count("service_right", is_hit=fits)
    if question["behaviour"] == Behaviour.ANSWER:
        cited, expected = set(answer.get("articles") or ()), set(question["articles"])
        found.count("article_cited", is_hit=bool(cited & expected))
        found.count("nothing_beside", is_hit=cited <= expected | set(question.get("articles_ok") or ()))
    if question.get("slots"):
        slots = answer.get("slots") or {}
        found.count("slots_right", is_hit=all(slots.get(name) == value for name, value in question["slots"].items()))
