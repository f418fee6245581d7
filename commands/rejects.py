"""The file of lines that did not go in: as they came, with the reason, for this user's eyes alone."""

from __future__ import annotations

import csv
import fcntl
import os
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TextIO

from casework.spreadsheets import defuse
from refusal import Refusal
from words import ROSTER_REASON_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType


class Rejects:
    """Writes FILE.rejected.csv, and only when something is rejected; one of an earlier run is removed.

    UTF-8 with a mark, so that spreadsheets read it; cells that a spreadsheet would run as a formula get an apostrophe,
    which the next import takes off again. Two processes with one file would write over each other: the second gets
    Refusal `import_elsewhere`.
    """

    def __init__(self, source: Path, columns: Sequence[str]) -> None:
        self.path = source.with_name(f"{source.name}.rejected.csv")
        self.count = 0
        self._source = source
        self._held: BinaryIO | None = None
        self._columns = [column for column in columns if column != ROSTER_REASON_COLUMN]
        self._kept = [place for place, column in enumerate(columns) if column != ROSTER_REASON_COLUMN]
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        self._held = self._source.open("rb")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._held.close()
            raise Refusal("import_elsewhere") from None
        except OSError:
            pass  # a share that knows no such locks: its files are taken in all the same
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._held is not None:
            self._held.close()

    def add(self, line: Sequence[str], reasons: Iterable[str]) -> None:
        """Write one line and why it was rejected."""
        if self._file is None:
            self._file = os.fdopen(
                os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8-sig", newline=""
            )
            self._writer = csv.writer(self._file)
            self._write([*self._columns, ROSTER_REASON_COLUMN])
        self.count += 1
        self._write([*(line[place] if place < len(line) else "" for place in self._kept), ";".join(reasons)])

    def flush(self) -> None:
        """Let every line written so far be in the file, whatever becomes of this process."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _write(self, cells: list[str]) -> None:
        self._writer.writerow([defuse(cell) for cell in cells])
