"""What stands in the database of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import FrameRefusal

if TYPE_CHECKING:
    from models.session import Transactions


def count(transactions: Transactions, table: type) -> int:
    """Return how many rows a table has."""
    with transactions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def refusals(transactions: Transactions) -> dict[str, int]:
    """Return how often frames were refused, by reason."""
    with transactions() as session:
        return {row.reason: row.times for row in session.scalars(select(FrameRefusal))}
