"""Characters by their sound: toneless syllables, and syllables as southern speech and speech recognition merge them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pypinyin import pinyin_dict

_FIRST, _LAST = 0x3400, 0x9FFF
_MERGED = ((re.compile("^(z|c|s)h"), r"\1"), (re.compile("^n"), "l"), (re.compile("^f"), "h"), (re.compile("g$"), ""))


@cache
def syllable(character: str) -> str | None:
    """Return the first reading of a Chinese character without its tone; None for any other sign."""
    readings = pinyin_dict.pinyin_dict.get(ord(character)) if _FIRST <= ord(character) <= _LAST else None
    if readings is None:
        return None
    return _toneless(readings.split(",")[0])


def merged(sound: str) -> str:
    """Return a syllable without the differences that are not heard: zh/z, ch/c, sh/s, n/l, f/h, ng/n."""
    for pattern, put in _MERGED:
        sound = pattern.sub(put, sound)
    return sound


def _toneless(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(letter for letter in letters if letter.isascii())
