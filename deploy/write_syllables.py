"""Writes how characters are read, from pypinyin's table: .venv/bin/python -m deploy.write_syllables.

pypinyin itself takes some 55 MB of every process that imports it, most of it phrases that a first reading needs not.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict

from pypinyin import pinyin_dict

from policy.reading.sounds import SYLLABLES

_FIRST = 0x3400


def list_syllables() -> str:
    """Return the table as its file holds it: a line for each syllable with its characters."""
    characters: defaultdict[str, list[str]] = defaultdict(list)
    for code, readings in sorted(pinyin_dict.pinyin_dict.items()):
        if code >= _FIRST:
            characters[_toneless(readings.split(",")[0])].append(chr(code))
    return "".join(f"{name} {''.join(those)}\n" for name, those in sorted(characters.items()))


def main() -> None:
    """Write the file."""
    SYLLABLES.write_text(list_syllables(), "utf-8")


def _toneless(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter.isascii())


if __name__ == "__main__":
    main()
