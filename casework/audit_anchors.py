"""Anchors: a line in a file outside the database says which block was the last one; a chain that moves on gets more.

Whoever can write the database could cut off the end of the chain, and whoever also holds the key forge a whole one, but
not a line that lies elsewhere.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from clock import local_date
from models import AuditBlock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session


# More than the longest line.
_TAIL_BYTES = 4096


@dataclass(frozen=True)
class Anchor:
    """One line: the day, the number of the last block then, and its signature in hexadecimal digits."""

    day: str
    block: int
    signature: str


class AnchorsUnreadable(Exception):
    """A line of the file is no anchor; `line` counts from one."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def last_anchor(session: Session, *, now: datetime) -> Anchor | None:
    """Return what is to be written down now; None while there is no block."""
    last = select(AuditBlock.number, AuditBlock.signature).order_by(AuditBlock.number.desc()).limit(1)
    block = session.execute(last).one_or_none()
    return None if block is None else Anchor(local_date(now).isoformat(), block.number, block.signature.hex())


def write_anchor(path: Path, anchor: Anchor) -> bool:
    """Add a line for a block beyond that of the last line; durable when this returns. Says whether it was added.

    Several processes may do so at once: numbers only ever rise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        end = file.read()
        if _last_block(end) >= anchor.block:
            return False
        # a line that a crash cut short stays, and is told from a whole one
        mend = b"" if end.endswith(b"\n") or not end else b"\n"
        line = mend + json.dumps(asdict(anchor)).encode() + b"\n"
        if file.write(line) != len(line):
            file.truncate(size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    return True


def read_anchors(path: Path) -> Iterator[Anchor]:
    """Yield every anchor, in the file's order; none while there is no file. Raises AnchorsUnreadable."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            anchor = _anchor_of(line)
            if anchor is None:
                raise AnchorsUnreadable(number)
            yield anchor


def _last_block(end: bytes) -> int:
    whole = (_anchor_of(line) for line in reversed(end.splitlines()))
    return next((anchor.block for anchor in whole if anchor is not None), 0)


def _anchor_of(line: bytes) -> Anchor | None:
    try:
        told = json.loads(line)
        return Anchor(str(told["day"]), int(told["block"]), str(told["signature"]))
    except (ValueError, TypeError, KeyError):
        return None
