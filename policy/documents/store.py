"""Documents as data files: written by the import, read by whoever needs the exact wording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy.documents.shapes import Article, Document, Item, Number
from policy.yaml_files import read_yaml, write_yaml

if TYPE_CHECKING:
    from pathlib import Path


def read_documents(folder: Path) -> dict[str, Document]:
    """Return the documents of a folder by their number. Raises OSError, ValueError, KeyError or TypeError."""
    found = (_from_plain(read_yaml(path)) for path in sorted(folder.glob("*.yaml")))
    return {document.document: document for document in found}


def write_document(document: Document, path: Path) -> None:
    """Write a document as YAML that people can read."""
    write_yaml(_to_plain(document), path)


def _to_plain(document: Document) -> dict[str, Any]:
    return {
        "document": document.document,
        "title": document.title,
        "valid_from": document.valid_from,
        "valid_to": document.valid_to,
        "articles": [_article(article) for article in document.articles],
    }


def _article(article: Article) -> dict[str, Any]:
    plain: dict[str, Any] = {"number": article.number, "chapter": article.chapter, "text": article.text}
    return plain | ({"items": [_item(item) for item in article.items]} if article.items else {})


def _item(item: Item) -> dict[str, Any]:
    plain: dict[str, Any] = {"number": item.number, "text": item.text}
    numbers = [{"number": one.number, "text": one.text} for one in item.numbers]
    return plain | ({"numbers": numbers} if numbers else {})


def _from_plain(plain: dict[str, Any]) -> Document:
    return Document(
        document=plain["document"],
        title=plain["title"],
        valid_from=plain["valid_from"],
        valid_to=plain["valid_to"],
        articles=tuple(
            Article(
                article["number"],
                article["text"],
                tuple(
                    Item(
                        item["number"],
                        item["text"],
                        tuple(Number(one["number"], one["text"]) for one in item.get("numbers", ())),
                    )
                    for item in article.get("items", ())
                ),
                article["chapter"],
            )
            for article in plain["articles"]
        ),
    )
