"""Counts of requests in this process alone, for `api.limits` where no Redis is named."""

from __future__ import annotations

import time
from threading import Lock

from limits.storage import Storage

_SWEPT_SECONDS = 60.0


class ProcessCounts(Storage):
    """Counts up to a moment. The library's own starts a thread at every request to forget what is over."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - how the library registers it

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        self._swept_at = time.time()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What may go wrong: nothing of its own."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return how many there are; the first one says when all are forgotten."""
        now = time.time()
        with self._lock:
            if now - self._swept_at > _SWEPT_SECONDS:
                self._counts = {name: kept for name, kept in self._counts.items() if kept[1] > now}
                self._swept_at = now
            count, until = self._counts.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + expiry
            self._counts[key] = count + amount, until
            return count + amount

    def get(self, key: str) -> int:
        """Return how many there are."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when they are forgotten."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Say that it works."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        with self._lock:
            forgotten = len(self._counts)
            self._counts = {}
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._counts.pop(key, None)
