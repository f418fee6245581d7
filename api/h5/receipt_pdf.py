"""A receipt on one sheet of A4, in type that old eyes read, with its own font inside."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from fontTools.ttLib import woff2
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from api.h5.receipt_fields import list_fields
from words import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from certification.receipts import Receipt

FONT_FILE = Path(__file__).resolve().parent.parent / "static" / "fonts" / "receipt.woff2"
FONT = "Receipt"
_STOPS = "，。："
BOX = "□"  # stands for a character that the font has not

# In points. Nothing is below 20: what reads well at arm's length.
_WIDTH, _HEIGHT = A4
_MARGIN, _CODE_SIDE = 48, 190
_TITLE, _LABEL, _VALUE, _NOTE = 36, 20, 29, 20
_FIELD, _TO_VALUE, _NOTE_LINE = 76, 35, 30
_QUIET_MODULES = 4
_LOWEST_FIELD = _MARGIN + _CODE_SIDE + 14 + _TO_VALUE + 14


def draw_receipt(receipt: Receipt, base_url: str, address: str) -> bytes:
    """Return the PDF of `receipt`; its QR code holds `address`, the verification page under `base_url` and more.

    The font has GB 2312 and the State Council's table of general characters. Another character is drawn as an empty
    box: the receipt's number counts.
    """
    known = _load_font()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, lang="zh-CN", initialFontName=FONT)  # type: ignore[arg-type]  # a name, not a size
    canvas.setTitle(RECEIPT["title"])
    y = _HEIGHT - _MARGIN - _TITLE
    canvas.setFont(FONT, _TITLE)
    canvas.drawCentredString(_WIDTH / 2, y, RECEIPT["title"])
    canvas.setLineWidth(2)
    canvas.line(_MARGIN, y - 20, _WIDTH - _MARGIN, y - 20)
    y -= 60
    fields = list_fields(receipt)
    step = min(_FIELD, (y - _LOWEST_FIELD) / (len(fields) - 1))
    for label, value in fields:
        canvas.setFont(FONT, _LABEL)
        canvas.drawString(_MARGIN, y, label)
        canvas.setFont(FONT, _VALUE)
        canvas.drawString(_MARGIN, y - _TO_VALUE, replace_unknown(value, known))
        y -= step
    canvas.line(_MARGIN, _MARGIN + _CODE_SIDE + 14, _WIDTH - _MARGIN, _MARGIN + _CODE_SIDE + 14)
    _draw_code(canvas, address, _MARGIN - 16, _MARGIN - 4)
    _draw_notes(canvas, base_url)
    canvas.save()
    return out.getvalue()


def _draw_notes(canvas: Canvas, base_url: str) -> None:
    left, y = _MARGIN + _CODE_SIDE, _MARGIN + _CODE_SIDE - _NOTE - 8
    canvas.setFont(FONT, _NOTE)
    for sentence in (RECEIPT["purpose"], RECEIPT["verify"], f"{base_url}/verify"):
        for line in _wrap(sentence, _WIDTH - _MARGIN - left):
            canvas.drawString(left, y, line)
            y -= _NOTE_LINE


def _wrap(sentence: str, width: float) -> Iterator[str]:
    """Yield lines of at most `width` points: Chinese, and a long address, may break anywhere but before a stop."""
    line = ""
    for sign in sentence:
        if sign not in _STOPS and stringWidth(line + sign, FONT, _NOTE) > width:
            yield line.strip()
            line = ""
        line += sign
    yield line.strip()


def replace_unknown(text: str, known: Collection[int]) -> str:
    """Return `text` with a box for each character that is not in `known`."""
    return "".join(sign if ord(sign) in known else BOX for sign in text)


@cache
def _load_font() -> frozenset[int]:
    """Unpack the font, once a process; return the code points it has."""
    plain = io.BytesIO()
    woff2.decompress(str(FONT_FILE), plain)
    plain.seek(0)
    font = TTFont(FONT, plain)
    registerFont(font)
    return frozenset(font.face.charToGlyph)


def _draw_code(canvas: Canvas, address: str, x: float, y: float) -> None:
    rows = segno.make_qr(address, error="m").matrix
    module = _CODE_SIDE / (len(rows) + 2 * _QUIET_MODULES)
    for row, cells in enumerate(rows):
        for column, is_dark in enumerate(cells):
            if is_dark:
                left = x + (_QUIET_MODULES + column) * module
                bottom = y + _CODE_SIDE - (_QUIET_MODULES + row + 1) * module
                canvas.rect(left, bottom, module, module, stroke=0, fill=1)
