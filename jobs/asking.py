"""Asking for work at once, without a moment's wait for whoever caused it and whether or not the broker is in reach."""

from __future__ import annotations

import logging
import time
from threading import Condition, Thread
from typing import TYPE_CHECKING

from logs import current_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.carrier import Carrier

PAUSE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Asker:
    """Hands wishes to the broker from a thread of its own; of the same wish twice it makes one.

    Nothing depends on it: what is to be done is stored, and the schedule asks for it too. make_carrier: called in that
    thread, after any fork.
    """

    def __init__(self, make_carrier: Callable[[], Carrier]) -> None:
        self._make_carrier = make_carrier
        self._wished: dict[str, str | None] = {}
        self._changed = Condition()
        self._thread: Thread | None = None

    def ask(self, work: str) -> None:
        """Ask for a work; returns at once."""
        with self._changed:
            self._wished.setdefault(work, current_request())
            if self._thread is None:
                self._thread = Thread(target=self._go, daemon=True)
                self._thread.start()
            self._changed.notify()

    def _go(self) -> None:
        carrier = self._make_carrier()
        while True:
            with self._changed:
                while not self._wished:
                    self._changed.wait()
                work, request_id = next(iter(self._wished.items()))
                del self._wished[work]
            try:
                carrier.ask(work, request_id=request_id)
            except Exception as fault:  # noqa: BLE001 - each broker has errors of its own
                _log.warning("broker out of reach: %s", type(fault).__name__)
                with self._changed:
                    self._wished.setdefault(work, request_id)
                time.sleep(PAUSE_SECONDS)
