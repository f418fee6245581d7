"""A thread that goes its rounds: it does what is due, rests, and goes again."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REST_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Rounds:
    """Calls each piece of work again and again. Several processes may do so at once: work is claimed, not assumed."""

    def __init__(self, works: Sequence[Callable[[], int]], *, rest_seconds: float = REST_SECONDS) -> None:
        self._works = works
        self._rest = rest_seconds
        self._end = Event()
        self._thread = Thread(target=self._go, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work at hand."""
        self._end.set()
        self._thread.join()

    def _go(self) -> None:
        while not self._end.is_set():
            done = sum(go_round(work) for work in self._works)
            if not done:
                self._end.wait(self._rest)


def go_round(work: Callable[[], int]) -> int:
    """Do one piece of work and return how much there was; a fault is told by its kind alone and ends nothing."""
    try:
        return work()
    except Exception as fault:  # noqa: BLE001 - whatever one round meets, the next one is gone
        _log.error("round failed: %s", type(fault).__name__)
        return 0
