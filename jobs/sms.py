"""Text messages: an interface, and the default that writes them to a file for the operator's own sender."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Sms(Protocol):
    """A way to send text messages; raises OSError when it cannot now."""

    def send(self, phone: str, text: str, *, key: str) -> None:
        """Send one; a key that was sent before is not sent again by whoever reads on."""


class SmsFile:
    """Appends each message as a line of JSON to a file that this user alone may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, text: str, *, key: str) -> None:
        """Write one line, at once and whole; nothing of it is left where the disk has no room for all."""
        line = (json.dumps({"key": key, "phone": phone, "text": text}, ensure_ascii=False) + "\n").encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            written = os.write(file, line)
            if written != len(line):
                os.ftruncate(file, os.lseek(file, 0, os.SEEK_CUR) - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)
