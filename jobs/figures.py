"""The supervisors' figures, counted anew every ten minutes by whichever process is the first to claim them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casework.figures import claim_count, count_figures
from clock import local_date

if TYPE_CHECKING:
    from datetime import datetime

    from services import Services

EVERY = timedelta(minutes=10)
PACE = timedelta(minutes=1)


class FigureRounds:
    """Counts the present year; in January's first weeks the last one too, until nothing of it comes in late."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rests_until: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Count what is due and return how much was written."""
        if self._rests_until is not None and now < self._rests_until:
            return 0
        self._rests_until = now + PACE
        today = local_date(now)
        years = [today.year, *([today.year - 1] if today.month == 1 else [])]
        written = 0
        for year in years:
            with self._services.transactions() as session:
                is_mine = claim_count(session, year, fresh_for=EVERY, now=now)
            if is_mine:
                with self._services.transactions() as session:
                    written += count_figures(session, year, now=now)
        return written
