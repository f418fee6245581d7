"""A gate on the way to a server: open, shut (who is there is thrown out, who comes is refused) or slow."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from typing import Self

from tests.brokers import free_port

CHUNK = 64 * 1024


class Gate:
    """Passes bytes on between its port and a server's. `delay` seconds are lost on each of them on the way in."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.port = free_port()
        self.delay = 0.0
        self._door: socket.socket | None = None
        self._inside: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_how: object) -> None:
        self.shut()

    def open(self) -> None:
        """Let people in."""
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=100)
        threading.Thread(target=self._stand_at, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        """Refuse whoever comes and throw out whoever is there."""
        door, self._door = self._door, None
        if door is not None:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        for one in list(self._inside):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _stand_at(self, door: socket.socket) -> None:
        while True:
            try:
                guest, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(guest,), daemon=True).start()

    def _lead(self, guest: socket.socket) -> None:
        with guest, suppress(OSError), socket.create_connection(self._server) as server:
            pair = {guest: server, server: guest}
            self._inside |= {guest, server}
            try:
                while self._door is not None:
                    for one in select.select(list(pair), [], [], 0.5)[0]:
                        content = one.recv(CHUNK)
                        if not content:
                            return
                        if one is guest and self.delay:
                            time.sleep(self.delay)
                        pair[one].sendall(content)
            finally:
                self._inside -= {guest, server}
