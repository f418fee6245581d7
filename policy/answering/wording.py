"""From a reply to what a person reads: the record's own text, a date worked in, its source and whether that counts."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from policy.answering.reply import Behaviour
from policy.documents.shapes import Place

if TYPE_CHECKING:
    from datetime import date

    from policy.answering.reply import Reply
    from policy.records import Cited, Knowledge
    from policy.rules import RuleSet


class Phrases(Protocol):
    """The sentences around an answer, as `words.policy` has them: below the top floor there are none."""

    SOURCE: str
    PLACE: str
    ARTICLE: str
    ITEM: str
    NUMBER: str
    JOIN_PLACES: str
    JOIN_DOCUMENTS: str
    IN_FORCE: str
    RUN_OUT: str
    NOT_YET: str
    OTHER_RULES: str
    DAY: str
    SHORT_DAY: str
    DIGITS: str
    TENS: str
    HUNDREDS: str
    DEATH_REPORT_BY: str
    DEATH_REPORT_LATE: str
    CLARIFY: str
    ALSO: str
    UNSAID: str
    OUTSIDE: dict[str, str]


_DEATH_REPORT = Place(16, 4)
_CLOCK = Place(16, 2)


def write_reply(reply: Reply, knowledge: Knowledge, rules: RuleSet, words: Phrases, *, on: date) -> str:
    """Return the whole text of a reply, asked on that day."""
    if reply.behaviour is Behaviour.CLARIFY:
        first, second = reply.options
        return words.CLARIFY.format(first=first.title, second=second.title)
    if reply.topic is None:
        return words.OUTSIDE[reply.refused or "near"]
    lines = [reply.topic.answer]
    if (told := _death_report(reply, rules, words, on)) is not None:
        lines.insert(0, told)
    if reply.topic.unsaid is not None:
        lines.append(words.UNSAID.format(text=reply.topic.unsaid))
    if reply.also is not None:
        lines.append(words.ALSO.format(answer=reply.also.answer))
    cited = [one for topic in (reply.topic, reply.also) if topic is not None for one in topic.sources]
    if cited:
        lines.append(write_source(cited, knowledge, rules, words, on=on))
    return "\n".join(lines)


def write_source(cited: list[Cited], knowledge: Knowledge, rules: RuleSet, words: Phrases, *, on: date) -> str:
    """Return the line that names where an answer stands and whether it counts on that day."""
    groups = [
        (document, list(dict.fromkeys(one.place for one in group)))
        for document, group in groupby(cited, key=lambda one: one.document)
    ]
    places = words.JOIN_DOCUMENTS.join(
        words.PLACE.format(document=document, places=words.JOIN_PLACES.join(_write_place(one, words) for one in each))
        for document, each in groups
    )
    said = [words.SOURCE.format(places=places)]
    said += [told for document, _places in groups if (told := _validity(document, knowledge, words, on)) is not None]
    named = {document for document, _places in groups}
    if rules.clock_source.document not in named and any(one.place == _CLOCK for one in cited):
        said.append(words.OTHER_RULES.format(document=rules.document))
    return "".join(said)


def write_day(day: date, words: Phrases) -> str:
    """Return a day as people say it."""
    return words.DAY.format(year=day.year, month=day.month, day=day.day)


def _validity(number: str, knowledge: Knowledge, words: Phrases, on: date) -> str | None:
    document = knowledge.documents.get(number)
    if document is None:
        return None
    if on < document.valid_from:
        return words.NOT_YET.format(day=write_day(document.valid_from, words))
    if document.valid_to is None:
        return None
    sentence = words.RUN_OUT if on > document.valid_to else words.IN_FORCE
    return sentence.format(day=write_day(document.valid_to, words))


def _death_report(reply: Reply, rules: RuleSet, words: Phrases, on: date) -> str | None:
    """Return by when a death is to be reported: so many days counted from the day after it (Art. 16(4))."""
    day, topic = reply.slots.day_of_death, reply.topic
    if day is None or topic is None or all(cited.place != _DEATH_REPORT for cited in topic.sources):
        return None
    by = day + timedelta(days=rules.death_report_days)
    sentence = words.DEATH_REPORT_BY if on <= by else words.DEATH_REPORT_LATE
    return sentence.format(day=_near_day(day, on, words), by=_near_day(by, on, words))


def _near_day(day: date, on: date, words: Phrases) -> str:
    return words.SHORT_DAY.format(month=day.month, day=day.day) if day.year == on.year else write_day(day, words)


def _write_place(place: Place, words: Phrases) -> str:
    text = words.ARTICLE.format(number=_in_words(place.article, words))
    if place.item is not None:
        text += words.ITEM.format(number=_in_words(place.item, words))
    if place.number is not None:
        text += words.NUMBER.format(number=place.number)
    return text


def _in_words(number: int, words: Phrases) -> str:
    """Return a number below 1000 as documents write it: 十六, 三十二."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = words.DIGITS[hundreds] + words.HUNDREDS if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else words.DIGITS[tens]) + words.TENS
    elif hundreds and ones:
        text += words.DIGITS[0]
    return text + (words.DIGITS[ones] if ones or not number else "")
