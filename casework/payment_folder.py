"""The folder from which the paying system takes each month's decisions: final once the month is closed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from casework.payment_files import (
    DIFFERENCE_COLUMNS,
    Difference,
    Totals,
    close,
    differences,
    payable,
    write_lines,
)
from models.benefit import PaymentStatus
from policy.money import write_yuan
from policy.months import write_month

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from models import PaymentMonth
    from models.session import Transactions


@dataclass(frozen=True)
class ClosedMonth:
    """A month that is closed: its file with its sum and digest, and the file of what differs from the month before."""

    month: int
    path: Path
    differences_path: Path
    sha256: str
    people: int
    regular_cents: int
    back_pay_cents: int
    was_closed: bool


class Altered(Exception):
    """The records of a closed month no longer give the file that was closed: somebody changed them past the system."""


def close_month(transactions: Transactions, folder: Path, month: int, *, closed_by: str, now: datetime) -> ClosedMonth:
    """Close a month and put its files into `folder`; of one that is closed already, put back what is missing.

    The files take their names only after the month was closed in the database: killed at any point, the same call again
    leads to the same files. Raises Refusal `month_not_open`, `month_to_come`, Altered, `payment_files.Unexplained`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"payment-{write_month(month)}"
    with transactions() as session:
        row = payable(session, month, now=now)
        was_closed = row.status is PaymentStatus.CLOSED
        path, differing = folder / f"{name}.csv", folder / f"{name}.differences.csv"
        if was_closed and _is_whole(path, row) and differing.exists():
            return _closed(row, path, differing, was_closed=True)
        totals = Totals()
        digest = _write(_part(path), write_lines(session, month, totals))
        _write(_part(differing), _difference_lines(differences(session, month), totals))
        if was_closed:
            if digest != row.sha256:
                raise Altered(write_month(month))
        else:
            close(session, row, totals, file_name=path.name, sha256=digest, closed_by=closed_by, now=now)
        result = _closed(row, path, differing, was_closed=was_closed)
    _write(_part(folder / f"{name}.csv.sha256"), [f"{digest}  {path.name}\n"])
    for final in (folder / f"{name}.csv.sha256", differing, path):
        _part(final).replace(final)
    return result


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _write(path: Path, blocks: Iterable[str]) -> str:
    """Write a file that this user alone may read, down to the disk; return its SHA-256."""
    digest = sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for block in blocks:
            data = block.encode()
            digest.update(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _difference_lines(found: Iterable[Difference], totals: Totals) -> Iterable[str]:
    yield ",".join(DIFFERENCE_COLUMNS) + "\n"
    for one in found:
        totals.explained_cents += one.now - one.before
        yield f"{one.number},{one.change},{one.reason},{write_yuan(one.before)},{write_yuan(one.now)}\n"


def _is_whole(path: Path, row: PaymentMonth) -> bool:
    if not path.exists():
        return False
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == row.sha256


def _closed(row: PaymentMonth, path: Path, differing: Path, *, was_closed: bool) -> ClosedMonth:
    return ClosedMonth(
        month=row.month,
        path=path,
        differences_path=differing,
        sha256=row.sha256 or "",
        people=row.people or 0,
        regular_cents=row.regular_cents or 0,
        back_pay_cents=row.back_pay_cents or 0,
        was_closed=was_closed,
    )
