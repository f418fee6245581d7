"""An audit to try: who acts, who seals, who tampers with it, and what the check then says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from casework.audit_anchors import Anchor, last_anchor
from casework.audit_chain import seal_entries
from casework.audit_check import FaultKind, Proof, check_audit
from models import AuditEntry
from models.audit import Actor, ActorKind, audit_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from models.session import Transactions
    from models.vault import Vault

NOW = datetime.fromisoformat("2025-03-10T02:00:00+00:00")
WHO = Actor(ActorKind.STAFF, "somebody", "10.0.0.7")
# By what somebody with the owner's rights would first put aside.
_LET_GO = {
    "sqlite": [
        f"DROP TRIGGER {table}_no_{act}" for table in ("audit_entries", "audit_blocks") for act in ("update", "delete")
    ],
    "postgresql": [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("audit_entries", "audit_blocks")],
}


def act(transactions: Transactions, times: int, now: datetime) -> None:
    with transactions() as session:
        session.add_all(
            AuditEntry(**audit_row("retiree.show", "Retiree", f"{number}", WHO, now)) for number in range(times)
        )


def seal(transactions: Transactions, vault: Vault, now: datetime) -> int:
    with transactions() as session:
        return seal_entries(session, vault=vault, now=now).rows


def anchors_of(transactions: Transactions) -> list[Anchor]:
    """What stands in a file that is as new as the chain."""
    with transactions() as session:
        anchor = last_anchor(session, now=NOW)
    return [] if anchor is None else [anchor]


def proof_of(transactions: Transactions, vault: Vault, *anchors: Anchor) -> Proof:
    """Check the audit beside these anchors, or beside one that is as new as the chain."""
    return check_audit(transactions, anchors or anchors_of(transactions), vault=vault, now=NOW)


def faults_of(transactions: Transactions, vault: Vault, *anchors: Anchor) -> list[tuple[FaultKind, int]]:
    return [(fault.kind, fault.place) for fault in proof_of(transactions, vault, *anchors).faults]


def tamper(transactions: Transactions, act: Callable[[Session], object]) -> None:
    with transactions() as session:
        for statement in _LET_GO[session.get_bind().dialect.name]:
            session.execute(text(statement))
        act(session)
