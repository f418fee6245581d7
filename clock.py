"""The one clock. The edges read it once and hand `now` down; nothing below them asks for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time; tests bring one that stands still."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """Return the calendar day of `moment` in China, by which every deadline is counted."""
    return moment.astimezone(LOCAL_ZONE).date()
