"""Cuts a Chinese font down to what receipts need: subset_font.py WHOLE.ttf CHARACTERS.txt... OUT.woff2.

Kept are ASCII, the characters, punctuation and full-width forms of GB 2312, and every character of the lists: the
State Council's table of general characters, whose third part was made for names. Any other character is printed as an
empty box, and the receipt's number counts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.woff2 import WOFF2FlavorData

# Of the 94 rows of GB 2312: signs and full-width forms, then characters. Between them are kana, Greek, Cyrillic, lines.
_ROWS = (*range(0xA1, 0xA4), *range(0xB0, 0xF8))
_CELLS = range(0xA1, 0xFF)
_UNUSED_TABLES = ("BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "gasp", "vhea", "vmtx")


def list_wanted(lists: list[Path]) -> set[int]:
    """Return the code points to keep."""
    found = {ord(sign) for file in lists for sign in file.read_text(encoding="utf-8") if sign.isprintable()}
    found.update(range(0x20, 0x7F))
    found.add(ord("·"))  # between the parts of a name that is not Han; GB 2312 knows it as another sign
    for row in _ROWS:
        for cell in _CELLS:
            # some cells of the table are empty
            found.update(map(ord, bytes([row, cell]).decode("gb2312", "ignore")))
    return found


def cut(whole: Path, lists: list[Path], out: Path) -> None:
    """Write the font of `whole` with the wanted characters alone to `out`."""
    font = TTFont(whole, recalcTimestamp=False)
    for table in _UNUSED_TABLES:
        if table in font:
            del font[table]
    options = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=list_wanted(lists))
    cutter.subset(font)
    # Outlines as they stand: woff2's own way of packing them saves a fifth and takes seconds to undo.
    font.flavor, font.flavorData = "woff2", WOFF2FlavorData(transformedTables=[])
    font.save(out, reorderTables=False)


if __name__ == "__main__":
    first, *others, last = map(Path, sys.argv[1:])
    cut(first, others, last)
