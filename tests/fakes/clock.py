from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StandingClock:
    """A clock that stands until it is moved on."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self._moment

    def advance(self, **by: float) -> datetime:
        """Move on by `timedelta(**by)` and return the new moment."""
        self._moment += timedelta(**by)
        return self._moment

    def set(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)
