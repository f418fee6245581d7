"""What a person's name may be, wherever somebody writes one: in the chat, in the mini-program."""

from __future__ import annotations

import re
import unicodedata

_SHORTEST, _LONGEST = 2, 50
_DOTS = re.compile(r"(?<=[^\W\d_])\s*[・•‧·･⋅∙●﹒．.]\s*(?=[^\W\d_])")
_INSIDE = re.compile(r"[·•・‧.\s]")


def read_name(text: str) -> str | None:
    """Return a name without spaces and with one kind of dot inside it; None for what is no name.

    2 to 50 characters of any script: nothing by which a text could lead somewhere or be mistaken for our own words.
    """
    name = _DOTS.sub("·", "".join(text.split()))
    letters = sum(unicodedata.category(sign)[0] == "L" for sign in name)
    return name if letters >= _SHORTEST and len(name) <= _LONGEST and all(map(_may_stand, name)) else None


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names are one, but for the dots inside them, which people and rosters write in several ways."""
    return _INSIDE.sub("", one) == _INSIDE.sub("", other)


def _may_stand(sign: str) -> bool:
    return sign in "·-'’()（）" or unicodedata.category(sign)[0] in "LM"
