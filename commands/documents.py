"""The text of an official document's file, read apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.apart import read_apart
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


def text_of(content: bytes) -> str:
    """Return the text of a file's content; raise the refusals of `policy.documents.files.read_text`."""
    with read_apart(_texts, content, Refusal("document_unreadable", field="file")) as texts:
        return next(texts)


def _texts(content: bytes) -> Iterator[str]:
    from policy.documents.files import read_text  # noqa: PLC0415 - what reads DOCX and PDF is for that process alone

    yield read_text(content)
