"""Whose turn it is to write to a SQLite file: nobody is passed over until they give up.

SQLite lets those who wait look again after pauses of up to a tenth of a second; whoever comes at the right moment goes
first, and with enough others one who waits is never that lucky. Here the threads of a process wait in a queue, and
processes look for each other's turn to end every millisecond.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import TimeoutError as WaitedTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long a turn is waited for.
WAIT_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.001


class Turns:
    """The turns of one file. A turn ends with its process, however that ends."""

    def __init__(self, database: str, wait_seconds: float = WAIT_SECONDS) -> None:
        """Take turns on a database's file by a lock on another file beside it."""
        self._path = f"{database}-turn"
        self._wait = wait_seconds
        self._in_process = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn and hold it for the block; raise SQLAlchemy's TimeoutError after `wait_seconds`."""
        until = time.monotonic() + self._wait
        if not self._in_process.acquire(timeout=self._wait):
            raise WaitedTooLong("others wrote for too long")
        try:
            # opened anew each time: what is opened before a fork would be one lock for both processes; for reading, and
            # readable for all, because a command that the administrator runs must not lock the service out for ever
            file = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                _lock(file, until)
                yield
            finally:
                os.close(file)
        finally:
            self._in_process.release()


def _lock(file: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise WaitedTooLong("others wrote for too long") from None
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return
