"""Hostile DOCX files at the command that reads documents: refused with a sentence, nothing read, nothing reached."""

from __future__ import annotations

import io
import os
import resource
import socket
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest

from policy.documents.files import MOST_UNPACKED_BYTES, MOST_XML_BYTES, read_text
from refusal import Refusal
from tests.architecture.source import ROOT
from words import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "只有这个文件里才有的字"
MOST_MEMORY = 1_500_000_000
MARK = "HERE"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
UNREADABLE, TOO_LONG = REFUSALS["document_unreadable"], REFUSALS["document_too_long"]


def packed(name: str = "word/document.xml", **how: str | int) -> bytes:
    """Return a document whose part `name` is changed.

    declared: put before its root; said: instead of its text; whole: instead of everything; encoding: it is written in.
    """
    made = docx.Document()
    made.add_paragraph(f"第一条 {MARK}")
    plain, hostile = io.BytesIO(), io.BytesIO()
    made.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == name:
                head, root = content.decode().split("?>", 1)
                encoding = str(how.get("encoding", "UTF-8"))
                head = head.replace("UTF-8", encoding)
                text = f"{head}?>{how.get('declared', '')}{root.replace(MARK, str(how.get('said', MARK)))}"
                content = text.encode(encoding, "xmlcharrefreplace")
            target.writestr(part.filename, content)
        if "padding" in how:
            with target.open("word/media/image9.bin", "w") as padding:
                for _ in range(int(how["padding"]) // 1_000_000 + 1):
                    padding.write(bytes(1_000_000))
    return hostile.getvalue()


def import_apart(content: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command on a file, as an operator does, with bounded memory."""
    file, out = folder / "hostile.docx", folder / "out.yaml"
    file.write_bytes(content)
    told = ["--number", "某号", "--title", "某办法", "--valid-from", "2025-01-01", "--out", str(out)]
    command = [sys.executable, "-m", "flask", "policy", "import-document", str(file), *told]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY)),
    )
    assert not out.exists()
    return done


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody who would be called by whoever opens what a file points to."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.2)
        yield made


def test_a_harmless_one_is_read() -> None:
    assert read_text(packed()) == f"第一条 {MARK}"


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    declared = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    done = import_apart(packed(declared=declared, said="&x;"), tmp_path)
    assert done.returncode != 0
    assert UNREADABLE in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_an_external_entity_calls_nobody(tmp_path: Path, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    declared = f'<!DOCTYPE d SYSTEM "{address}" [<!ENTITY % x SYSTEM "{address}"> %x;]>'
    done = import_apart(packed(declared=declared), tmp_path)
    assert UNREADABLE in done.stdout + done.stderr
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_billion_laughs_take_no_memory(tmp_path: Path) -> None:
    declared = f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>'
    done = import_apart(packed(declared=declared, said="&l9;"), tmp_path)
    assert UNREADABLE in done.stdout + done.stderr


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = packed(padding=2 * MOST_UNPACKED_BYTES)
    assert len(bomb) < MOST_UNPACKED_BYTES / 100
    done = import_apart(bomb, tmp_path)
    assert TOO_LONG in done.stdout + done.stderr


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(packed(declared="<!--" + " " * 10_000 + "--><!DOCTYPE d>"), id="behind a long comment"),
        pytest.param(packed(declared="<!DOCTYPE d>", encoding="UTF-16"), id="in UTF-16"),
        pytest.param(packed(declared="<!DOCTYPE d>", encoding="UTF-16-BE"), id="in UTF-16 without its mark"),
        pytest.param(packed(declared="<!DOCTYPE d>", encoding="UTF-7"), id="in UTF-7"),
        pytest.param(packed(declared="<!DOCTYPE d>", encoding="cp037"), id="in EBCDIC"),
        pytest.param(packed("word/_rels/document.xml.rels", declared="<!DOCTYPE d>"), id="in the relations"),
        pytest.param(packed("[Content_Types].xml", declared="<!DOCTYPE d>"), id="in the types"),
    ],
)
def test_a_declaration_is_found_wherever_it_hides(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_text(content)
    assert refused.value.code == "document_unreadable"


def test_a_part_that_says_it_is_smaller_than_it_is_is_refused() -> None:
    bomb = bytearray(packed(padding=MOST_UNPACKED_BYTES))
    size = (MOST_UNPACKED_BYTES // 1_000_000 + 1) * 1_000_000
    lied = bytes(bomb).replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lied != bomb
    with pytest.raises(Refusal) as refused:
        read_text(lied)
    assert refused.value.code == "document_unreadable"


def test_a_tree_that_would_take_a_gigabyte_is_not_built() -> None:
    with pytest.raises(Refusal) as refused:
        read_text(packed(said="<b/>" * (MOST_XML_BYTES // 4)))
    assert refused.value.code == "document_too_long"
