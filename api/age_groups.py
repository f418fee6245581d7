"""The age groups of figures in words."""

from __future__ import annotations

import words.figures as labels


def name_age_group(part: str) -> str:
    """Return 80-84, -59, 95+ or nothing as people read it."""
    if not part:
        return labels.UNKNOWN_PART
    if part.startswith("-"):
        return labels.AGES["first"].format(age=int(part[1:]) + 1)
    if part.endswith("+"):
        return labels.AGES["last"].format(age=part[:-1])
    return labels.AGES["between"].format(age=part)
