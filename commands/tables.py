"""Reading tables that other offices send: CSV in UTF-8 or GBK, XLSX; a heading somewhere in the first lines."""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

import click
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from commands.apart import read_apart
from refusal import Refusal
from words.tables import SHEETS_UNREAD

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_HEADING_WITHIN = 10
_MOST_UNPACKED = 4 * 1024**3
_MOST_LINES = 1 << 20  # no office program writes more
_CHUNK = 1 << 20
_BATCH = 1000
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xls
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # what a spreadsheet with a password has instead of its sheets
_EXACT_DIGITS = 15
# Rare characters that GB 18030 of 2000 had no code point for: what its private-use places stand for since 2005.
_PRIVATE = str.maketrans(
    {
        0xE815: 0x20087,
        0xE816: 0x20089,
        0xE817: 0x200CC,
        0xE81E: 0x9FB4,
        0xE826: 0x9FB5,
        0xE82B: 0x9FB6,
        0xE82C: 0x9FB7,
        0xE831: 0x215D7,
        0xE832: 0x9FB8,
        0xE83B: 0x2298F,
        0xE843: 0x9FB9,
        0xE854: 0x9FBA,
        0xE855: 0x241FE,
        0xE864: 0x9FBB,
    }
)
_ANY_PRIVATE = re.compile(f"[{''.join(map(chr, _PRIVATE))}]")


@dataclass(frozen=True)
class Table:
    """The lines under a heading.

    columns: the heading as written. fields: for each column the name we know it by, or None. length: about how many
    lines there are. numbered: the cells of each line as text, with its number in the file; read once.
    """

    columns: tuple[str, ...]
    fields: tuple[str | None, ...]
    length: int
    numbered: Iterator[tuple[int, Sequence[str]]]

    @property
    def lines(self) -> Iterator[Sequence[str]]:
        """The cells of each line alone."""
        return (line for _, line in self.numbered)

    def by_field(self, line: Sequence[str]) -> dict[str, str]:
        """Return the cells of `line` by the names we know."""
        return {field: cell for field, cell in zip(self.fields, line, strict=False) if field is not None}


@contextmanager
def opened_table(
    path: Path, headings: Mapping[str, Sequence[str]], required: Sequence[str | tuple[str, ...]]
) -> Iterator[Table]:
    """Yield the table in `path`; closed when the block ends.

    headings: by the name of a field, the headings that stand for it, beside that name itself; where a file has several
    of one field, the first as they are named here is it. required: fields, or several of which one must be there.
    Raises Refusal: file_not_found, roster_unreadable, roster_locked, roster_empty, roster_heading_missing.
    """
    if not path.is_file():
        raise Refusal("file_not_found", field="file", path=path.name)
    with path.open("rb") as file:
        head = file.read(4)
    try:
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Refusal("roster_unreadable", field="file")
        if head in _SPREADSHEETS:
            _check_unpacked(path)
            with read_apart(_sheet, path, Refusal("roster_unreadable", field="file")) as batches:
                first = next(batches, (0, [], []))
                yield _under_heading(_lines_of(chain([first], batches)), first[0], headings, required)
        else:
            known = frozenset(chain(headings, *headings.values()))
            encoding, length = _encoding_of(path, known)
            # a character that cannot be read spoils its own line, which is rejected, and no other
            with path.open(encoding=encoding, errors="replace", newline="") as text:
                yield _under_heading(_csv_lines(text, known), length, headings, required)
    except (csv.Error, zipfile.BadZipFile):
        raise Refusal("roster_unreadable", field="file") from None


def _lines_of(batches: Iterable[tuple[int, list[list[str]], list[str]]]) -> Iterator[list[str]]:
    """Yield the lines, and tell at their end whose other sheets were not read: a clerk may take them for taken in."""
    for _, lines, unread in batches:
        yield from lines
        if unread:
            click.echo(SHEETS_UNREAD.format(names="、".join(unread)), err=True)


def _sheet(path: Path) -> Iterator[tuple[int, list[list[str]], list[str]]]:
    """Yield the lines of a spreadsheet, some at a time, each time with how many there are in all; then other sheets."""
    try:
        # by what it is: systems that export call a spreadsheet of today .xls
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            sheet = book.get_sheet_by_index(0)
            height = sheet.height
            if height > _MOST_LINES:
                raise Refusal("roster_unreadable", field="file")
            lines = ([_text_of(cell) for cell in row] for row in sheet.iter_rows())
            while batch := list(islice(lines, _BATCH)):
                yield height, batch, []
            del sheet, lines  # two may be more than fits
            yield height, [], [name for name in book.sheet_names[1:] if _holds_cells(book, name)]
    except CalamineError as error:
        locked = isinstance(error, PasswordError) or _LOCKED in path.read_bytes()
        raise Refusal("roster_locked" if locked else "roster_unreadable", field="file") from None


def _holds_cells(book: CalamineWorkbook, name: str) -> bool:
    try:
        return bool(book.get_sheet_by_name(name).height)
    except (CalamineError, MemoryError):
        return True  # a chart, or more than fits


def _check_unpacked(path: Path) -> None:
    """Refuse a spreadsheet that unpacks to more than a city's roster ever does, before any of it is unpacked."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
            raise Refusal("roster_unreadable", field="file")


def _encoding_of(path: Path, known: frozenset[str]) -> tuple[str, int]:
    """Return the encoding and the number of lines. GB 18030 holds every GBK text.

    A heading written in UTF-8 says what the rest is, also where a name was cut off within a character.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, length = True, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            length += chunk.count(b"\n")
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
    try:
        decoder.decode(b"", final=is_utf8)
    except UnicodeDecodeError:
        is_utf8 = False
    if not is_utf8:
        with path.open("rb") as file:
            head = b"".join(islice(iter(partial(file.readline, _CHUNK), b""), _HEADING_WITHIN))
        is_utf8 = any(heading.encode() in head for heading in known if not heading.isascii())
    return "utf-8-sig" if is_utf8 else "gb18030", length


def _csv_lines(text: io.TextIOWrapper, known: frozenset[str]) -> Iterator[list[str]]:
    """Yield the cells of each line. What cannot be read as it is quoted, or is too long, spoils its own line alone.

    A quote that nobody closes would otherwise take in every line after it. known: headings, which tell the delimiter.
    """
    head = list(islice(text, _HEADING_WITHIN))
    text.seek(0)
    delimiter = max(",\t;", key=lambda one: max((_headings_in(line, one, known) for line in head), default=0))
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = next(csv.reader([lines.give_back()], delimiter=delimiter))
        # looked for first, for they are rare, and to translate every cell took as long as to read it
        is_private = _ANY_PRIVATE.search("".join(lines.taken))
        lines.taken.clear()
        yield [cell.translate(_PRIVATE) for cell in cells] if is_private else cells


def _headings_in(line: str, delimiter: str, known: frozenset[str]) -> int:
    return len(known.intersection(cell.strip('\ufeff \t\r\n"') for cell in line.split(delimiter)))


class _Lines:
    """The lines of a text. taken: those of the present record, which may be given back and read one by one."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._text)
        self.taken.append(line)
        return line

    def give_back(self) -> str:
        """Return the first of the lines taken, as far as a cell may be long; the others come once more."""
        first, *rest = self.taken
        self._again.extend(reversed(rest))
        return first[: csv.field_size_limit()]


def _text_of(cell: object) -> str:
    """Return a cell as a person would have typed it."""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float):
        # beyond 15 digits a spreadsheet's number is no longer the one that was typed: it must not pass for one
        return f"{cell:.5E}" if abs(cell) >= 10**_EXACT_DIGITS else f"{cell:.15g}"
    return str(cell)


def _under_heading(
    lines: Iterator[list[str]],
    length: int,
    headings: Mapping[str, Sequence[str]],
    required: Sequence[str | tuple[str, ...]],
) -> Table:
    seen_any = False
    groups = [(one,) if isinstance(one, str) else one for one in required]
    best_missing = groups
    numbered = enumerate(lines, 1)
    for _, line in islice(numbered, _HEADING_WITHIN):
        seen_any = seen_any or any(cell.strip() for cell in line)
        columns = tuple(cell.strip().lstrip("\ufeff") for cell in line)
        fields = _fields_of(columns, headings)
        missing = [group for group in groups if not any(field in fields for field in group)]
        if not missing:
            return Table(columns, fields, length, (rest for rest in numbered if any(cell.strip() for cell in rest[1])))
        best_missing = min(best_missing, missing, key=len)
    if not seen_any:
        raise Refusal("roster_empty", field="file")
    field = best_missing[0][0]
    raise Refusal("roster_heading_missing", field=field, column=headings[field][0])


def _fields_of(columns: Sequence[str], headings: Mapping[str, Sequence[str]]) -> tuple[str | None, ...]:
    """Return for each column the field it is, or None: of several for one field the first as they are declared."""
    fields: list[str | None] = [None] * len(columns)
    for field, names in headings.items():
        place = next((columns.index(heading) for heading in (field, *names) if heading in columns), None)
        if place is not None:
            fields[place] = field
    return tuple(fields)
