"""Making ways of saying the same thing alike: width, script, numbers, dialect, people, fillers. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from opencc import OpenCC

from policy.reading.plain import read_number

if TYPE_CHECKING:
    from policy.answering.words import Words

# What is read of a question; whoever writes more has said it by then.
MOST_CHARACTERS = 400
_NOT_READ = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_DIGIT = "[零〇一二两三四五六七八九十百千]"
_SPOKEN = re.compile(f"{_DIGIT}+(?=[天日号月年岁元块个次点分周])|{_DIGIT}{{2,}}")
_LONG_NUMBER = re.compile(r"[0-9]{5,17}[0-9x]?")
_REPEATED = re.compile(r"(.)\1{2,}")
_WORDS_LEFT = 2


@dataclass(frozen=True)
class Normaliser:
    """Makes texts alike by a dictionary."""

    words: Words

    @cached_property
    def _simplified(self) -> OpenCC:
        return OpenCC("t2s")

    def tidy(self, text: str) -> str:
        """Return a text in one width, small letters and simplified characters, cut where nobody reads on."""
        # half a character, as some keyboards send it, is none
        whole = text[: MOST_CHARACTERS * 2].encode(errors="ignore").decode()
        text = unicodedata.normalize("NFKC", whole)[: MOST_CHARACTERS * 2].lower()
        simplified: str = self._simplified.convert(text)
        return simplified

    def __call__(self, text: str) -> str:
        """Return what of a text is compared with examples: plain words without marks; empty where nothing is left."""
        tidy = _NOT_READ.sub(" ", self.tidy(text)).strip()[:MOST_CHARACTERS]
        lighter = _NOT_READ.sub(" ", self.words.fillers.sub(" ", tidy)).strip()
        if len(lighter.replace(" ", "")) >= _WORDS_LEFT:
            tidy = lighter
        tidy = self.words.any_plain.sub(lambda found: self.words.plain[found[0]], tidy.replace(" ", ""))
        tidy = _REPEATED.sub(r"\1\1", _LONG_NUMBER.sub("0", _SPOKEN.sub(_in_digits, tidy)))
        for pattern, put in self.words.of_people:
            tidy = pattern.sub(put, tidy)
        return tidy


def _in_digits(found: re.Match[str]) -> str:
    number = read_number(found[0])
    return found[0] if number is None else str(number)
