"""gunicorn's worker with threads, whose threads stay with whoever streams pictures.

After every answer gunicorn hands a connection back to its main thread, and the next request from there to some thread:
twice two threads that wait for each other, which costs a quarter of what a picture costs the web server. The next
picture of a camera comes after a fifth of a second, so its thread waits for that long by itself.
"""

from __future__ import annotations

import select
from threading import BoundedSemaphore
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # it brings no types

_STAY_MS = 300
_ATTEMPTS, _PICTURES = "/api/v1/attempts/", "/frames"
# So many threads at least are left for everybody else.
LEFT_FOR_OTHERS = 8


class CameraWorker(ThreadWorker):  # type: ignore[misc]  # as above
    """Serves requests in threads."""

    def init_process(self) -> None:
        """Serve until told to stop."""
        self._stays = BoundedSemaphore(max(1, self.cfg.threads - LEFT_FOR_OTHERS))
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it at once; return whether the connection is kept."""
        kept = super().handle(conn)
        while kept is True and self.alive and self._stays.acquire(blocking=False):
            try:
                if not _sends_another(conn):
                    break
            finally:
                self._stays.release()
            kept = super().handle(conn)
        return kept


def _sends_another(conn: Any) -> bool:
    """Wait a moment for the next picture of a camera; what was read ahead, and everybody else, is gunicorn's."""
    asked = conn.parser.mesg
    is_picture = asked.method == "POST" and asked.path.startswith(_ATTEMPTS) and asked.path.endswith(_PICTURES)
    if conn.is_http2 or not is_picture or conn.parser.unreader.buf.getvalue():
        return False
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(_STAY_MS))
