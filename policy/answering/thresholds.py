"""From which probability on something is answered, asked back, or refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """When a question is refused and when it is answered at once; between the two it is asked back.

    refuse_below: the probability of being ours. answer_from: of being ours and the best topic being right.
    also_from: the same for a second question of a message. polite_from: for small talk.
    """

    refuse_below: float = 0.45
    answer_from: float = 0.6
    also_from: float = 0.9
    polite_from: float = 0.5
