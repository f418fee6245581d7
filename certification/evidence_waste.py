"""Deleting stored files that no row names any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from models import EvidenceWaste

if TYPE_CHECKING:
    from certification.evidence import EvidenceStore
    from models.session import Transactions

_SOME = 100


def delete_waste(transactions: Transactions, store: EvidenceStore) -> int:
    """Delete them and return how many there were; a file that is gone already counts as deleted.

    The file goes first and then the row that remembers it, so a process that dies in between forgets nothing.
    """
    deleted = 0
    while True:
        with transactions() as session:
            keys = session.scalars(select(EvidenceWaste.storage_key).limit(_SOME)).all()
        for key in keys:
            store.delete(key)
        with transactions() as session:
            session.execute(delete(EvidenceWaste).where(EvidenceWaste.storage_key.in_(keys)))
        deleted += len(keys)
        if len(keys) < _SOME:
            return deleted
