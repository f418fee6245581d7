"""How much a certification may cost and how long its pictures are kept: numbers the operator sets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Numbers no text gives: they are settings.

    attempt_seconds: life of a challenge. passed_days, refused_days: how long frames are kept after the attempt.
    """

    attempt_seconds: int
    attempts_per_session: int
    sessions_per_day: int
    review_days: int
    passed_days: int
    refused_days: int
