"""An official document as articles, items and numbers: the exact wording that an answer rests on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Number:
    """A numbered line (1. 2. 3.) below an item."""

    number: int
    text: str


@dataclass(frozen=True)
class Item:
    """An item (项) of an article: （一）, （二） …; its own text, then its numbered lines."""

    number: int
    text: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Article:
    """An article (条): what stands before its items, then the items. chapter: the heading it stands under."""

    number: int
    text: str
    items: tuple[Item, ...] = ()
    chapter: str = ""


@dataclass(frozen=True)
class Place:
    """A place in a document: an article, perhaps an item of it, perhaps a numbered line of that."""

    article: int
    item: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Document:
    """A document under the number that people cite (长政办发〔2020〕10号). valid_to: None where no end is stated."""

    document: str
    title: str
    valid_from: date
    valid_to: date | None
    articles: tuple[Article, ...]

    def wording(self, place: Place) -> str | None:
        """Return the exact words at a place, items and numbered lines included; None where there is no such place."""
        article = next((one for one in self.articles if one.number == place.article), None)
        if article is None:
            return None
        if place.item is None:
            return "\n".join([article.text, *map(_whole_item, article.items)]).strip()
        item = next((one for one in article.items if one.number == place.item), None)
        if item is None or place.number is None:
            return None if item is None else _whole_item(item)
        return next((one.text for one in item.numbers if one.number == place.number), None)


def plain(text: str) -> str:
    """Return a text in one width without spaces, so that wordings can be compared."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def _whole_item(item: Item) -> str:
    return "\n".join([item.text, *(f"{one.number}. {one.text}" for one in item.numbers)])
