"""The check of the knowledge: whatever an answer says stands in a source, and every clause that counts is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from policy.documents.shapes import plain
from policy.records import SMALLTALK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.documents.shapes import Document
    from policy.records import Cited, Knowledge, Topic

MOST_ANSWER, MOST_TITLE, LEAST_EXAMPLES = 120, 12, 20
# Two questions as like as this are the same question.
_SAME = 93
# Telephone numbers that no document states and everybody may be told.
_PUBLIC_NUMBERS = frozenset({"12333", "12345", "12356", "120", "110"})
_FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?|(?<![第])[一二三四五六七八九十百]+(?=[元天日年月次个]|个月|%)")
# Numbers that say nothing: one thing, the first time.
_EMPTY = frozenset({"一", "两", "二", "1", "2"})
# Every article that gives a retiree, a relative, staff or an employer a right, duty, deadline or amount; the others are
# told to governments alone: 4 and 5 who is in charge, 17, 23 and 30 how offices keep in touch and work together.
CLAUSES = tuple(article for article in range(2, 37) if article not in {4, 5, 17, 23, 30})
_DIGITS = {character: place for place, character in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a topic.

    code: the key of the sentence that staff read is `draft_<code>`; values: what it needs. said: a line for operators.
    """

    code: str
    said: str
    values: dict[str, Any] = field(default_factory=dict)


def find_faults(knowledge: Knowledge) -> list[str]:
    """Return what is wrong with the knowledge, a line each; empty where nothing is."""
    faults = [fault for topic in knowledge.topics.values() for fault in _faults_of(topic, knowledge)]
    faults += _claimed_twice(knowledge)
    return [fault.said for fault in faults] + list(_uncovered(knowledge))


def find_topic_faults(topic: Topic, knowledge: Knowledge) -> list[Fault]:
    """Return what is wrong with one topic beside the others; for a draft."""
    return [*_faults_of(topic, knowledge), *_claimed_twice(knowledge.with_topics([topic]), only=topic.id)]


def _faults_of(topic: Topic, knowledge: Knowledge) -> Iterator[Fault]:
    if not topic.title or len(topic.title) > MOST_TITLE:
        said = f"{topic.id}: its title is missing or longer than {MOST_TITLE} characters"
        yield Fault("title", said, {"most": MOST_TITLE})
    if any(other.title == topic.title for other in knowledge.topics.values() if other.id != topic.id):
        yield Fault("title_taken", f"{topic.id}: another topic has its title", {"title": topic.title})
    if not topic.answer or len(topic.answer) > MOST_ANSWER:
        said = f"{topic.id}: its answer is missing or longer than {MOST_ANSWER} characters"
        yield Fault("answer", said, {"most": MOST_ANSWER})
    if len(topic.examples) < LEAST_EXAMPLES:
        said = f"{topic.id}: it has fewer than {LEAST_EXAMPLES} examples"
        yield Fault("few_examples", said, {"least": LEAST_EXAMPLES, "count": len(topic.examples)})
    if not topic.sources and topic.id != SMALLTALK:
        yield Fault("no_source", f"{topic.id}: it names no source")
    for cited in topic.sources:
        yield from _source_faults(topic, cited, knowledge.documents.get(cited.document))
    yield from _figure_faults(topic, knowledge)


def _source_faults(topic: Topic, cited: Cited, document: Document | None) -> Iterator[Fault]:
    if document is None:
        yield Fault("no_document", f"{topic.id}: there is no document {cited.document}", {"document": cited.document})
        return
    wording = document.wording(cited.place)
    if wording is None:
        said = f"{topic.id}: {cited.document} has no {cited.place}"
        yield Fault("no_place", said, {"document": cited.document, "article": cited.place.article})
    elif not cited.quote or plain(cited.quote) not in plain(wording):
        said = f"{topic.id}: {cited.place} does not say {cited.quote!r}"
        yield Fault("not_quoted", said, {"article": cited.place.article, "quote": cited.quote})
    if topic.valid_to is not None and document.valid_to is not None and topic.valid_to > document.valid_to:
        yield Fault("outlives", f"{topic.id}: it is valid longer than its source", {"day": str(document.valid_to)})


def _figure_faults(topic: Topic, knowledge: Knowledge) -> Iterator[Fault]:
    said = plain(" ".join(_wordings(topic, knowledge)))
    stated = {_value(found[0]) for found in _FIGURE.finditer(said)} | {_value(day) for day in _days(topic, knowledge)}
    for text in (topic.answer, topic.more):
        for found in _FIGURE.finditer(plain(text)):
            figure = found[0]
            if figure not in _EMPTY | _PUBLIC_NUMBERS and _value(figure) not in stated:
                yield Fault("figure", f"{topic.id}: no source of it states {figure}", {"figure": figure})


def _wordings(topic: Topic, knowledge: Knowledge) -> Iterator[str]:
    for cited in topic.sources:
        document = knowledge.documents.get(cited.document)
        if document is not None:
            yield document.wording(cited.place) or ""
            # what an item says counts below what stands before it
            article = next((one for one in document.articles if one.number == cited.place.article), None)
            yield article.text if article else ""


def _days(topic: Topic, knowledge: Knowledge) -> Iterator[str]:
    """Yield the numbers of the days from and to which a source of the topic counts: the document's own dates."""
    for cited in topic.sources:
        document = knowledge.documents.get(cited.document)
        for day in (document.valid_from, document.valid_to) if document else ():
            if day is not None:
                yield from map(str, (day.year, day.month, day.day))


def _value(figure: str) -> str:
    """Return a figure in digits, so that 三十 and 30 are one."""
    if figure[0].isdigit():
        return figure
    hundreds, mark, rest = figure.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = _DIGITS.get(hundreds, 1) * 100 if mark else 0
    total += _DIGITS.get(tens, 1) * 10 if ten else 0
    return str(total + _DIGITS.get(ones, 0))


def _claimed_twice(knowledge: Knowledge, only: str | None = None) -> Iterator[Fault]:
    """Yield examples that two topics, or a topic and the outside, claim."""
    owners = [(plain(text), topic.id) for topic in knowledge.topics.values() for text in topic.examples]
    owners += [(plain(text), f"outside {kind}") for kind, texts in knowledge.outside.items() for text in texts]
    texts = [text for text, _owner in owners]
    for at, (text, owner) in enumerate(owners):
        if only is not None and owner != only:
            continue
        found = process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=_SAME, limit=None)
        for _text, _score, other in found:
            if owners[other][1] != owner and (only is not None or other > at):
                claims = knowledge.topics.get(owners[other][1])
                yield Fault(
                    "claimed" if claims is not None else "claimed_outside",
                    f"{owner} and {owners[other][1]} both claim {text!r}",
                    {"text": text, "other": "" if claims is None else claims.title},
                )


def _uncovered(knowledge: Knowledge) -> Iterator[str]:
    cited = {article for topic in knowledge.topics.values() for article in topic.articles}
    for article in CLAUSES:
        if article not in cited:
            yield f"article {article} is covered by no topic"
