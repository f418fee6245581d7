"""Official documents: what is read of a text, and what a broken or hostile file comes to."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import docx
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from policy.documents import files
from policy.documents.files import read_text
from policy.documents.parse import parse_articles
from policy.documents.shapes import Document, Place
from policy.documents.store import read_documents, write_document
from policy.records import FOLDER
from refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """某市人民政府文件

第一章 总 则

第一条 为了方便退休人员，制定本办
法。

第二条 有关部门的职责：

（一）民政部门负责：
1. 探访；
2. 救助。
- (二) 卫生部门负责看病。

第二章 附则

第三条 本办法自2020年5月1日起施行。
第三条 所称的人不是新的一条。

抄送：某某。
"""


def test_it_works() -> None:
    first, second, third = parse_articles(TEXT)
    assert (first.number, first.chapter, first.text) == (1, "总则", "为了方便退休人员，制定本办法。")
    assert [(item.number, item.text) for item in second.items] == [(1, "民政部门负责："), (2, "卫生部门负责看病。")]
    assert [(one.number, one.text) for one in second.items[0].numbers] == [(1, "探访；"), (2, "救助。")]
    assert third.chapter == "附则"
    assert third.text.endswith("不是新的一条。")


def test_a_document_is_kept_as_it_was_read(tmp_path: Path) -> None:
    document = Document("某政发〔2020〕1号", "某办法", date(2020, 5, 1), None, parse_articles(TEXT))
    write_document(document, tmp_path / "one.yaml")
    assert read_documents(tmp_path) == {"某政发〔2020〕1号": document}


def test_the_wording_of_each_place() -> None:
    document = Document("某号", "某办法", date(2020, 5, 1), None, parse_articles(TEXT))
    assert document.wording(Place(2, 1, 2)) == "救助。"
    assert document.wording(Place(2, 1)) == "民政部门负责：\n1. 探访；\n2. 救助。"
    assert document.wording(Place(1)) == "为了方便退休人员，制定本办法。"
    assert document.wording(Place(2, 3)) is None
    assert document.wording(Place(2, 1, 3)) is None
    assert document.wording(Place(9)) is None


def test_the_shipped_regulation_is_whole() -> None:
    regulation = read_documents(FOLDER / "documents")["长政办发〔2020〕10号"]
    assert [article.number for article in regulation.articles] == list(range(1, 37))
    assert regulation.wording(Place(36)) == "本办法自2020年5月1日起施行，有效期5年。"
    assert "30日内" in (regulation.wording(Place(16, 4)) or "")
    assert (regulation.wording(Place(7, 3, 3)) or "").startswith("为本辖区重病卧床")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("没有条文的一封信。", "document_no_articles"),
        ("第一条 甲。\n（二）乙。", "document_disordered"),
        ("第二条 没有第一条。", "document_no_articles"),
    ],
)
def test_a_text_without_order_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_articles(text)
    assert refused.value.code == code


def test_a_text_in_an_older_encoding_is_read() -> None:
    assert read_text("第一条 甲。".encode("gb18030")) == "第一条 甲。"


def test_a_docx_is_read_with_its_tables() -> None:
    made = docx.Document()
    made.add_paragraph("第一条 甲。")
    made.add_table(1, 2).rows[0].cells[1].text = "表里的字"
    packed = io.BytesIO()
    made.save(packed)
    assert read_text(packed.getvalue()).splitlines()[0] == "第一条 甲。"
    assert "表里的字" in read_text(packed.getvalue())


def test_a_pdf_with_text_is_read() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    packed = io.BytesIO()
    canvas = Canvas(packed)
    canvas.setFont("STSong-Light", 12)
    canvas.drawString(50, 700, "第一条 甲。")
    canvas.save()
    assert parse_articles(read_text(packed.getvalue()))[0].text == "甲。"


def test_entities_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("不该读到的字")
    made = docx.Document()
    made.add_paragraph("XXE")
    packed = io.BytesIO()
    made.save(packed)
    hostile = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(hostile, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "word/document.xml":
                entity = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
                content = content.replace(b"?>", b"?>" + entity, 1).replace(b"XXE", b"&x;")
            target.writestr(part, content)
    with pytest.raises(Refusal) as refused:
        read_text(hostile.getvalue())
    assert refused.value.code == "document_unreadable"


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = docx.Document()
    made.add_paragraph("甲" * 10_000)
    packed = io.BytesIO()
    made.save(packed)
    monkeypatch.setattr(files, "MOST_UNPACKED_BYTES", 10_000)
    with pytest.raises(Refusal) as refused:
        read_text(packed.getvalue())
    assert refused.value.code == "document_too_long"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "document_no_text"),
        (b"\x00\x01\x02\xff\xfe\x00", "document_unreadable"),
        (b"PK\x03\x04 broken", "document_unreadable"),
        (b"%PDF-1.7 broken", "document_unreadable"),
    ],
)
def test_a_broken_file_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_text(content)
    assert refused.value.code == code
