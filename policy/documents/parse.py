"""From the text of an official document to its articles, items and numbered lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from policy.documents.shapes import Article, Item, Number
from policy.reading.plain import read_number
from refusal import Refusal

_CHAPTER = re.compile(r"第[零〇一二三四五六七八九十百]+章\s*(?P<title>.*)")
_ARTICLE = re.compile(r"第(?P<n>[零〇一二三四五六七八九十百]{1,7})条[\s　:：]*(?P<text>.*)")
_ITEM = re.compile(r"[-–—•·]?\s*[（(](?P<n>[一二三四五六七八九十]{1,3})[）)]\s*(?P<text>.*)")
_NUMBER = re.compile(r"(?P<n>[0-9]{1,2})[.．、]\s*(?P<text>.*)")
# What stands below the last article belongs to the letter, not to the rules.
_END = re.compile(r"抄送|附件\s*[:：]|[（(]?此件")
_SENTENCE_ENDS = "。；：！？;:!?"
MOST_CHARACTERS = 2_000_000
MOST_ARTICLES = 1000


@dataclass
class _Open:
    """What is being read: the articles so far, as lists that grow."""

    chapter: str = ""
    articles: list[_OpenArticle] = field(default_factory=list)


@dataclass
class _OpenArticle:
    number: int
    chapter: str
    paragraphs: list[str]
    items: list[_OpenItem] = field(default_factory=list)


@dataclass
class _OpenItem:
    number: int
    paragraphs: list[str]
    numbers: list[tuple[int, list[str]]] = field(default_factory=list)


def parse_articles(text: str) -> tuple[Article, ...]:
    """Return the articles of a document's text; a line that a page's end cut in two is one again.

    Raises Refusal `document_no_articles`, `document_too_long`, `document_disordered` (numbers that do not follow).
    """
    if len(text) > MOST_CHARACTERS:
        raise Refusal("document_too_long", field="file")
    reading = _Open()
    for line in filter(None, map(str.strip, text.splitlines())):
        if reading.articles and _END.match(line):
            break
        _take(line, reading)
    if not reading.articles:
        raise Refusal("document_no_articles", field="file")
    if len(reading.articles) > MOST_ARTICLES:
        raise Refusal("document_too_long", field="file")
    numbers = [one.number for one in reading.articles]
    if numbers != list(range(1, len(numbers) + 1)):
        raise Refusal("document_disordered", field="file")
    return tuple(map(_closed, reading.articles))


def _take(line: str, reading: _Open) -> None:
    if found := _CHAPTER.match(line):
        reading.chapter = re.sub(r"\s+", "", found["title"])
    elif (found := _ARTICLE.match(line)) and (number := read_number(found["n"])) == len(reading.articles) + 1:
        reading.articles.append(_OpenArticle(number, reading.chapter, [found["text"]]))
    elif not reading.articles:
        return
    elif (found := _ITEM.match(line)) and (number := read_number(found["n"])):
        _take_item(number, found["text"], reading.articles[-1])
    elif (found := _NUMBER.match(line)) and reading.articles[-1].items:
        reading.articles[-1].items[-1].numbers.append((int(found["n"]), [found["text"]]))
    else:
        _go_on(line, reading.articles[-1])


def _take_item(number: int, text: str, article: _OpenArticle) -> None:
    if number != len(article.items) + 1:
        raise Refusal("document_disordered", field="file")
    article.items.append(_OpenItem(number, [text]))


def _go_on(line: str, article: _OpenArticle) -> None:
    """Add a line to what is open; the paragraph before it was cut where it ends within a sentence."""
    last = article.items[-1] if article.items else None
    numbers = last.numbers if last else []
    paragraphs = numbers[-1][1] if numbers else last.paragraphs if last else article.paragraphs
    if paragraphs[-1] and paragraphs[-1][-1] not in _SENTENCE_ENDS:
        paragraphs[-1] += line
    else:
        paragraphs.append(line)


def _closed(article: _OpenArticle) -> Article:
    items = tuple(
        Item(
            item.number,
            "\n".join(item.paragraphs),
            tuple(Number(number, "\n".join(paragraphs)) for number, paragraphs in item.numbers),
        )
        for item in article.items
    )
    return Article(article.number, "\n".join(article.paragraphs), items, article.chapter)
