"""Long numbers in what people write and say: digits in groups, spoken one by one, with an X at the end."""

from __future__ import annotations

import re

from policy.reading.plain import digits_of

_BETWEEN_GROUPS = re.compile(r"(?<=[0-9])[\s\-—–·_/()]{1,3}(?=[0-9xX])")
# A pause in speech is written as a comma, and so is the gap between two numbers.
_PAUSE = re.compile(r"(?<=[0-9])[\s.,，、]{1,3}(?=[0-9xX])")
_RUN = re.compile(r"[0-9]+[xX]?")
_CAPITAL_X = re.compile(
    r"(?<=[0-9零〇○一二三四五六七八九幺两])[\s,，、.]{0,3}"
    r"(?:(?:最后|末尾|末位|尾号|尾数|尾巴|后面)(?:一位|一个|那个|那位|位)?(?:是|为)?(?:个|一个)?)?"
    r"(?:[xX×✕χΧхХ]|叉|艾克斯|埃克斯|爱克斯|哎克斯)(?![a-zA-Z])"
)


def numbers_in(plain: str) -> set[str]:
    """Return the numbers that a tidy text may hold, spoken digits written; an X ends one.

    Groups with a pause between them count as one number and as several: the reader knows which of them it looks for.
    """
    digits = _BETWEEN_GROUPS.sub("", digits_of(_CAPITAL_X.sub("X", plain)))
    return {run.upper() for text in (digits, _PAUSE.sub("", digits)) for run in _RUN.findall(text)}
