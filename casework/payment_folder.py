"""The folder from which the paying system takes each month's decisions: final once the month is closed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

from casework.payment_files import (
    DIFFERENCE_COLUMNS,
    Difference,
    Totals,
    close,
    count_without_amount,
    differences,
    payable,
    write_lines,
)
from casework.payment_notices import tell_of_month
from models.benefit import PaymentStatus
from policy.money import write_yuan
from policy.months import write_month
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from models import PaymentMonth
    from models.session import Transactions


@dataclass(frozen=True)
class ClosedMonth:
    """A month that is closed: its file with its sum and digest, and the file of what differs from the month before.

    without_amount: how many were to be paid and are not in it, for no amount of theirs is known.
    """

    month: int
    path: Path
    differences_path: Path
    sha256: str
    people: int
    regular_cents: int
    back_pay_cents: int
    without_amount: int
    was_closed: bool


def close_month(transactions: Transactions, folder: Path, month: int, *, closed_by: str, now: datetime) -> ClosedMonth:
    """Close a month and put its files into `folder`; of one that is closed already, put back what is not whole.

    The files take their names only after the month was closed in the database: killed at any point, the same call again
    leads to the same files. Raises Refusal `month_not_open`, `month_to_come`, `file_unexplained`; `file_altered` where
    the records of a closed month no longer give the files that were closed: somebody changed them past the system.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"payment-{write_month(month)}"
    with transactions() as session:
        row = payable(session, month, now=now)
        was_closed = row.status is PaymentStatus.CLOSED
        path, differing, check = (folder / f"{name}{end}" for end in (".csv", ".differences.csv", ".csv.sha256"))
        if (
            was_closed
            and _digest_of(path) == row.sha256
            and _digest_of(differing) == row.differences_sha256
            and _digest_of(check) == sha256(_check_line(path, row.sha256).encode()).hexdigest()
        ):
            return _closed(session, row, path, differing, was_closed=True)
        totals = Totals()
        digest = _write(_part(path), write_lines(session, month, totals))
        differing_digest = _write(_part(differing), _difference_lines(differences(session, month), totals))
        if not was_closed:
            close(
                session,
                row,
                totals,
                file_name=path.name,
                sha256=digest,
                differences_sha256=differing_digest,
                closed_by=closed_by,
                now=now,
            )
        elif (digest, differing_digest) != (row.sha256, row.differences_sha256 or differing_digest):
            raise Refusal("file_altered", month=write_month(month))
        result = _closed(session, row, path, differing, was_closed=was_closed)
        if not was_closed:
            # last, for it looks up a few people where everything before went through all
            tell_of_month(session, month, now=now)
    _write(_part(check), [_check_line(path, digest)])
    for final in (check, differing, path):
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


def _check_line(path: Path, digest: str) -> str:
    return f"{digest}  {path.name}\n"


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, of one that is missing nothing."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return file_digest(file, sha256).hexdigest()


def _closed(session: Session, row: PaymentMonth, path: Path, differing: Path, *, was_closed: bool) -> ClosedMonth:
    return ClosedMonth(
        month=row.month,
        path=path,
        differences_path=differing,
        sha256=row.sha256 or "",
        people=row.people or 0,
        regular_cents=row.regular_cents or 0,
        back_pay_cents=row.back_pay_cents or 0,
        without_amount=count_without_amount(session, row.month, row.people),
        was_closed=was_closed,
    )
