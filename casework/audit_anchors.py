"""Anchors: once a day a line in a file outside the database says which block was the last one.

Whoever could write the database and held the key could forge a whole chain, but not a line that lies elsewhere.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from clock import local_date
from models import AuditBlock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session


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
    """Return what is to be written down today; None while there is no block."""
    block = session.scalar(select(AuditBlock).order_by(AuditBlock.number.desc()).limit(1))
    return None if block is None else Anchor(local_date(now).isoformat(), block.number, block.signature.hex())


def write_anchor(path: Path, anchor: Anchor) -> bool:
    """Add the day's line unless it is there; durable when this returns. Says whether it was added."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        written = file.read()
        if any(one.day == anchor.day for one in _whole_lines(written)):
            return False
        # a line that a crash cut short stays, and is told from a whole one
        mend = b"" if written.endswith(b"\n") or not written else b"\n"
        file.write(mend + json.dumps(asdict(anchor)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read_anchors(path: Path) -> list[Anchor]:
    """Return every anchor; none while there is no file. Raises AnchorsUnreadable."""
    if not path.is_file():
        return []
    anchors = []
    lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            anchors.append(Anchor(**json.loads(line)))
        except (ValueError, TypeError):
            raise AnchorsUnreadable(number) from None
    return anchors


def _whole_lines(written: bytes) -> list[Anchor]:
    whole = []
    for line in written.splitlines():
        try:
            whole.append(Anchor(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return whole
