"""The text of a document's file: plain text, DOCX or PDF with text. Bounded; nothing outside the file is opened."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import docx
from docx.table import Table
from lxml.etree import XMLSyntaxError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 20_000_000
# what a DOCX may unpack to, whatever its size
MOST_UNPACKED_BYTES = 100_000_000
# a tree takes many times what its text takes; this is four times the longest text that is read
MOST_XML_BYTES = 30_000_000
MOST_PARTS = 2000
MOST_PAGES = 500
_ENCODINGS = ("utf-8-sig", "gb18030")
_OTHER_ENCODING = re.compile(r"""^\ufeff?\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


def read_text(content: bytes) -> str:
    """Return the text of a file, told apart by its first bytes.

    Raises Refusal `document_too_long`, `document_unreadable`, `document_no_text` (a scanned PDF, an empty file).
    """
    if len(content) > MOST_BYTES:
        raise Refusal("document_too_long", field="file")
    read: Callable[[bytes], str] = _plain
    if content.startswith(b"%PDF-"):
        read = _pdf
    elif content.startswith(b"PK\x03\x04"):
        read = _docx
    text = read(content)
    if not text.strip():
        raise Refusal("document_no_text", field="file")
    return text


def _plain(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refusal("document_unreadable", field="file")


def _docx(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
                raise Refusal("document_too_long", field="file")
            _refuse_entities(packed, parts)
        lines = []
        # python-docx reads with entities switched off
        for block in docx.Document(io.BytesIO(content)).iter_inner_content():
            if isinstance(block, Table):
                lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
            else:
                lines.append(block.text)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, XMLSyntaxError, KeyError, ValueError, OSError):
        raise Refusal("document_unreadable", field="file") from None
    return "\n".join(lines)


def _refuse_entities(packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse what may declare entities, of whatever name, and what could hide that; office programs write neither.

    Raises Refusal `document_unreadable`, `document_too_long`.
    """
    total = 0
    for part in parts:
        content = packed.read(part)
        if b"<!DOCTYPE" in content:
            raise Refusal("document_unreadable", field="file")
        if not part.filename.endswith((".xml", ".rels")) and not content.lstrip().startswith(b"<"):
            continue
        total += len(content)
        if total > MOST_XML_BYTES:
            raise Refusal("document_too_long", field="file")
        text = content.decode()
        if "\0" in text or _OTHER_ENCODING.match(text):
            raise Refusal("document_unreadable", field="file")


def _pdf(content: bytes) -> str:
    try:
        reader = PdfReader(io.BytesIO(content))
        if len(reader.pages) > MOST_PAGES:
            raise Refusal("document_too_long", field="file")
        return "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        # a damaged file breaks pypdf in any of these ways
        raise Refusal("document_unreadable", field="file") from None
