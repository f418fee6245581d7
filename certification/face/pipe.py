"""What the server and a face worker say to each other, each message written as one piece.

`multiprocessing`'s own connection writes the length of a picture by itself, and the other side wakes for it: twice what
a picture's way there and back needs to cost.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_LENGTH_BYTES = 8


def tell(line: Connection, told: object) -> None:
    """Send a message. Raises OSError when nobody is at the other end."""
    body = pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
    rest = memoryview(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
    while rest:
        rest = rest[os.write(line.fileno(), rest) :]


def hear(line: Connection) -> Any:
    """Wait for a message and return it. Raises EOFError or OSError when nobody is at the other end."""
    length = int.from_bytes(_take(line, _LENGTH_BYTES), "big")
    return pickle.loads(_take(line, length))  # noqa: S301 - between processes of our own  # nosec B301


def _take(line: Connection, size: int) -> bytearray:
    taken = bytearray()
    while len(taken) < size:
        part = os.read(line.fileno(), size - len(taken))
        if not part:
            raise EOFError
        taken += part
    return taken
