"""Characters by their sound: toneless syllables, and syllables as southern speech and speech recognition merge them."""

from __future__ import annotations

import re
from array import array
from functools import cache
from pathlib import Path

# A line for each syllable: its letters, a space, the characters that are read so first. `deploy.write_syllables`.
SYLLABLES = Path(__file__).parent / "syllables.txt"
_FIRST, _LAST = 0x3400, 0x323AF
_MERGED = ((re.compile("^(z|c|s)h"), r"\1"), (re.compile("^n"), "l"), (re.compile("^f"), "h"), (re.compile("g$"), ""))


@cache
def syllable(character: str) -> str | None:
    """Return the first reading of a Chinese character without its tone; None for any other sign."""
    if not _FIRST <= ord(character) <= _LAST:
        return None
    names, places = _table()
    return names[places[ord(character) - _FIRST]]


def merged(sound: str) -> str:
    """Return a syllable without the differences that are not heard: zh/z, ch/c, sh/s, n/l, f/h, ng/n."""
    for pattern, put in _MERGED:
        sound = pattern.sub(put, sound)
    return sound


@cache
def _table() -> tuple[tuple[str | None, ...], array[int]]:
    """Return the syllables, and for each character the place of its own: two bytes where a dictionary takes 200."""
    names: list[str | None] = [None]
    places = array("H", bytes(2 * (_LAST - _FIRST + 1)))
    for line in SYLLABLES.read_text("utf-8").splitlines():
        name, characters = line.split(" ")
        for character in characters:
            places[ord(character) - _FIRST] = len(names)
        names.append(name)
    return tuple(names), places
