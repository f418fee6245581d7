"""From a question to what is weighed: runs of characters, runs of toneless syllables, words of the field by sound."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from policy.reading.sounds import merged, syllable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_RUN = 3
# Raised when the features change: weights that were trained on others are not used.
VERSION = 2
_BEGIN, _END = "^", "$"


class Blocks(NamedTuple):
    """The counted features of a question by kind; each kind is weighed by itself before they stand together."""

    characters: Counter[str]
    sounds: Counter[str]
    terms: Counter[str]


class Terms:
    """Finds words of the field in a text by how they sound."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_sound: dict[tuple[str, ...], str] = {}
        for term in terms:
            self._by_sound.setdefault(_merged_sounds(term), term)
        self._lengths = sorted({len(sounds) for sounds in self._by_sound})

    def find(self, text: str) -> list[str]:
        """Return the words found, in order."""
        sounds = _merged_sounds(text)
        return [
            term
            for start in range(len(sounds))
            for length in self._lengths
            if (term := self._by_sound.get(sounds[start : start + length])) is not None
        ]


def extract(text: str, terms: Terms) -> Blocks:
    """Return the features of a normalised text."""
    found = terms.find(text)
    pairs = {f"{one}+{other}" for one in set(found) for other in set(found) if one < other}
    return Blocks(
        Counter(_runs([_BEGIN, *text, _END], "")),
        Counter(_runs([_BEGIN, *(syllable(character) or character for character in text), _END], " ")),
        Counter([*set(found), *pairs]),
    )


def _runs(signs: Sequence[str], glue: str) -> Iterable[str]:
    for length in range(1, LONGEST_RUN + 1):
        for start in range(len(signs) - length + 1):
            yield glue.join(signs[start : start + length])


def _merged_sounds(text: str) -> tuple[str, ...]:
    return tuple(merged(syllable(character) or character) for character in text)
