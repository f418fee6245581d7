"""What the audit's chain costs: signing a row, writing rows while a sealer runs beside and while none does, checking.

`python -m benchmarks.audit` on a scratch database of each kind (TEST_POSTGRESQL_URL). Results:
benchmarks/results/audit.json.
"""

from __future__ import annotations

import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from benchmarks.callbacks import database
from casework.audit_anchors import last_anchor
from casework.audit_chain import seal_entries
from casework.audit_check import check_audit
from models import AuditEntry, schema
from models.audit import Actor, ActorKind, audit_row
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from tests.databases import KINDS

RESULTS = Path(__file__).resolve().parent / "results" / "audit.json"
WRITERS, ACTS, SIGNED = 4, 1_000, 20_000
WHO = Actor(ActorKind.STAFF, "somebody", "10.0.0.7")


def _write(transactions: Transactions) -> float:
    """Let four writers write a thousand acts each, a transaction an act; return acts a second."""

    def write(_writer: int) -> None:
        for number in range(ACTS):
            with transactions() as session:
                session.add(AuditEntry(**audit_row("retiree.show", "Retiree", str(number), WHO, datetime.now(UTC))))

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    return WRITERS * ACTS / (time.perf_counter() - began)


def _sealing(transactions: Transactions, vault: Vault, end: Event) -> None:
    while not end.wait(2):
        with transactions() as session:
            seal_entries(session, vault=vault, now=datetime.now(UTC))


def _measure(url: str, vault: Vault) -> dict[str, float]:
    """Return the figures of one empty database."""
    engine = open_database(url)
    schema.upgrade(engine)
    transactions = Transactions(engine)
    alone = _write(transactions)
    end = Event()
    sealer = Thread(target=_sealing, args=(transactions, vault, end))
    sealer.start()
    beside = _write(transactions)
    end.set()
    sealer.join()
    began, rows = time.perf_counter(), 0
    while True:
        with transactions() as session:
            done = seal_entries(session, vault=vault, now=datetime.now(UTC)).rows
        rows += done
        if not done:
            break
    sealing = (time.perf_counter() - began) / max(rows, 1)
    with transactions() as session:
        anchor = last_anchor(session, now=datetime.now(UTC))
    began = time.perf_counter()
    proof = check_audit(transactions, [anchor] if anchor else [], vault=vault, now=datetime.now(UTC))
    checking = (time.perf_counter() - began) / proof.rows
    engine.dispose()
    return {
        "writes_a_second_without_a_sealer": round(alone),
        "writes_a_second_with_a_sealer": round(beside),
        "sealing_us_a_row": round(sealing * 1e6, 1),
        "checking_us_a_row": round(checking * 1e6, 1),
        "rows": proof.rows,
        "faults": len(proof.faults),
    }


def main() -> None:
    """Measure, print and keep."""
    vault = Vault(bytes(range(32)))
    install_vault(vault)
    began = time.perf_counter()
    for number in range(SIGNED):
        audit_row("retiree.show", "Retiree", str(number), WHO, datetime.now(UTC))
    told: dict[str, object] = {"signing_us_a_row": round((time.perf_counter() - began) / SIGNED * 1e6, 1)}
    for kind in KINDS:
        with TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
            if url is not None:
                told[kind] = _measure(url, vault)
    told["machine"] = {"cores": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    RESULTS.write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
