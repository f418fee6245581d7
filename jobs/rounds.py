"""Work that goes on by itself, and the thread that does it where no broker carries it: what is due, rest, again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from clock import Clock

REST_SECONDS = 1.0
# Whoever waits is heard of at once; to look for what nobody asked for is work as well, and rests between.
SOON, SELDOM = timedelta(seconds=5), timedelta(minutes=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """One piece of work, the same in both shapes of the service.

    go: does what is due at a moment and returns how much there was; it may be called in several processes at once and
    again at any time, because it claims what it does. every: how often it is asked for where a broker carries it.
    for_people: somebody waits for it, so it comes before all other work. needs_faces: it stays beside the face workers,
    in the web server, in both shapes.
    """

    name: str
    go: Callable[[datetime], int]
    every: timedelta = SELDOM
    for_people: bool = False
    needs_faces: bool = False


class Rounds:
    """Does each piece of work again and again. Several processes may do so at once: work is claimed, not assumed."""

    def __init__(self, works: Sequence[Work], clock: Clock, *, rest_seconds: float = REST_SECONDS) -> None:
        self._works = works
        self._clock = clock
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
            done = 0
            for work in self._works:
                if self._end.is_set():
                    return
                done += go_round(work, self._clock.now())
            if not done:
                self._end.wait(self._rest)


def go_round(work: Work, now: datetime) -> int:
    """Do one piece of work and return how much there was; a fault is told by its kind alone and ends nothing."""
    try:
        return work.go(now)
    except Exception as fault:  # noqa: BLE001 - whatever one round meets, the next one is gone
        _log.error("round failed: %s in %s", type(fault).__name__, work.name)
        return 0
