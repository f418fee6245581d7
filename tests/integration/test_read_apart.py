"""What a stranger's file may take: so much memory and compute, in a process that is not the command's."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from commands.apart import MOST_MEMORY, read_apart
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

LINE = b"<row><c><v>1</v></c></row>"


def names_its_process(_source: str) -> Iterator[int]:
    yield os.getpid()


def takes_memory(_source: str) -> Iterator[int]:
    yield len(bytearray(MOST_MEMORY))


def never_ends(_source: str) -> Iterator[int]:
    yield 1
    while True:
        pass


def refuses(source: str) -> Iterator[int]:
    yield 1
    raise Refusal("file_unreadable", field="file", path=source)


def test_it_is_read_in_another_process_that_is_gone_afterwards() -> None:
    with read_apart(names_its_process, "x", Refusal("document_unreadable")) as said:
        process = next(said)
        assert process != os.getpid()
        assert list(said) == []
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_who_stops_listening_leaves_no_process_behind() -> None:
    with read_apart(names_its_process, "x", Refusal("document_unreadable")) as said:
        process = next(said)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_too_much_memory_is_refused() -> None:
    with read_apart(takes_memory, "x", Refusal("document_unreadable")) as said, pytest.raises(Refusal) as refused:
        next(said)
    assert refused.value.code == "document_unreadable"


def test_to_compute_without_end_is_refused() -> None:
    with read_apart(never_ends, "x", Refusal("document_unreadable"), cpu_seconds=1) as said:
        assert next(said) == 1
        with pytest.raises(Refusal) as refused:
            next(said)
    assert refused.value.code == "document_unreadable"


def test_a_refusal_comes_as_it_is() -> None:
    with read_apart(refuses, "roster", Refusal("document_unreadable")) as said, pytest.raises(Refusal) as refused:
        list(said)
    assert (refused.value.code, refused.value.field, refused.value.values) == (
        "file_unreadable",
        "file",
        {"path": "roster"},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "why"), [(1000, "roster_heading_missing"), (6_000_000, "roster_unreadable")])
def test_a_small_file_of_six_million_lines_is_refused(app: Flask, tmp_path: Path, lines: int, why: str) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "empty.xlsx")
    path = tmp_path / "roster.xlsx"
    with zipfile.ZipFile(tmp_path / "empty.xlsx") as empty, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in empty.infolist():
            content = empty.read(part)
            before, mark, after = content.partition(b"<sheetData>")
            with packed.open(part.filename, "w") as written:
                written.write(before + mark)
                for _ in range(lines // 1000 if mark else 0):
                    written.write(LINE * 1000)
                written.write(after)
    assert path.stat().st_size < 2_000_000
    done = app.test_cli_runner().invoke(args=["people", "import", str(path), "--json"])
    assert done.exit_code == 1
    assert why in done.output
