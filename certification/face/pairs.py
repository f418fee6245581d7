"""Labelled pairs of photographs: read from a CSV, or made of a folder whose files are named after their person."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("file1", "file2", "same")
YES, NO = {"1", "true", "yes", "y", "是"}, {"0", "false", "no", "n", "否"}
PHOTO_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
PERSON = re.compile(r"(?P<person>.+)_\d+")
# Several photographs of one person in a cell are compared as their mean, as the templates of a certification are.
BETWEEN_FILES = "|"


@dataclass(frozen=True)
class Pair:
    """Two sides, of one photograph or several each, and whether they show the same person.

    sex, age_group: of both, in the operator's own words, or empty.
    """

    one: tuple[str, ...]
    other: tuple[str, ...]
    same: bool
    sex: str = ""
    age_group: str = ""


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a CSV with the columns file1, file2, same and perhaps sex and age_group (UTF-8 or GBK).

    Raises Refusal: file_not_found, pairs_unreadable, pairs_heading_missing, pairs_row_wrong, pairs_empty.
    """
    try:
        reader = csv.DictReader(io.StringIO(_text_of(path.read_bytes()), newline=""))
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise Refusal("pairs_heading_missing", field="pairs", columns=", ".join(missing))
        pairs = [_read_row(row, reader.line_num) for row in reader]
    except FileNotFoundError:
        raise Refusal("file_not_found", field="pairs", path=path.name) from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise Refusal("pairs_unreadable", field="pairs") from None
    if not pairs:
        raise Refusal("pairs_empty", field="pairs")
    return pairs


def pairs_of_folder(folder: Path) -> list[Pair]:
    """Return every pair of the photographs named PERSON_NUMBER.ext in `folder`; other files are left out."""
    named = [
        (match["person"], path.name)
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PHOTO_ENDINGS and (match := PERSON.fullmatch(path.stem))
    ]
    return [Pair((file,), (other,), person == another) for (person, file), (another, other) in combinations(named, 2)]


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write a CSV that `read_pairs` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "sex", "age_group"])
        for pair in pairs:
            sides = (BETWEEN_FILES.join(pair.one), BETWEEN_FILES.join(pair.other))
            writer.writerow([*sides, int(pair.same), pair.sex, pair.age_group])


def _text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _read_row(row: dict[str, str | None], line: int) -> Pair:
    one, other, same = ((row[column] or "").strip() for column in COLUMNS)
    if not one or not other or same.lower() not in YES | NO:
        raise Refusal("pairs_row_wrong", field="pairs", line=line)
    sex, age_group = (row.get("sex") or "").strip(), (row.get("age_group") or "").strip()
    return Pair(tuple(one.split(BETWEEN_FILES)), tuple(other.split(BETWEEN_FILES)), same.lower() in YES, sex, age_group)
