"""How long a backup of a city takes while the service writes: `python -m benchmarks.backup [--database sqlite]`.

The database of `benchmarks.matching` (made on its first run), and 20,000 pictures of 60 kB whose bytes are as random
as sealed ones. `deploy/backup take` while four writers add to the audit, `deploy/backup restore` into an empty
database, then `flask doctor` there. Beside them the floor: the database's own copying, without a file or pictures.
The figures go to benchmarks/results/backup.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from benchmarks.matching import DATA_KEY, SIZES, Postgresql, Sqlite
from certification.evidence import FolderStore, name_picture, store_picture
from models import AuditEntry, Retiree
from models.audit import Actor, ActorKind, audit_row
from models.evidence import EvidencePurpose
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from tests.databases import scratch_url

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "backup.json"
WRITERS, PICTURES, PICTURE_BYTES, BATCH = 4, 20_000, 60_000, 1_000
ALONE_SECONDS = 10.0
WHO = Actor(ActorKind.STAFF, "somebody", "10.0.0.7")


def put_pictures(transactions: Transactions, folder: Path, pictures: int, vault: Vault) -> None:
    """Give the first retirees a picture each; their database names them."""
    store, now = FolderStore(folder), datetime.now(UTC)
    with transactions() as session:
        people = session.scalars(select(Retiree.id).limit(pictures)).all()
    for begin in range(0, len(people), BATCH):
        with transactions() as session:
            for one in people[begin : begin + BATCH]:
                stored = store_picture(os.urandom(PICTURE_BYTES), store=store, vault=vault)
                name_picture(
                    session,
                    stored,
                    retiree_id=one,
                    purpose=EvidencePurpose.REFERENCE,
                    attempt_id=None,
                    destroy_on=None,
                    now=now,
                )


@contextmanager
def writers(transactions: Transactions) -> Iterator[dict[str, float]]:
    """Let some write to the audit, an act a transaction, while the block runs; its acts a second are told after it."""
    over, told = Event(), {"acts_a_second": 0.0}

    def write(_writer: int) -> int:
        for number in count():
            if over.is_set():
                return number
            with transactions() as session:
                session.add(AuditEntry(**audit_row("retiree.show", "Retiree", str(number), WHO, datetime.now(UTC))))
        raise AssertionError

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        acts = pool.map(write, range(WRITERS))
        try:
            yield told
        finally:
            over.set()
        told["acts_a_second"] = round(sum(acts) / (time.perf_counter() - began))


def run(arguments: list[str], environ: dict[str, str], *, well: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Run a command; return its seconds and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(arguments, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False)
    if done.returncode not in well:
        sys.exit(done.stdout + done.stderr)
    return round(time.perf_counter() - began, 1), done.stdout


def measure(kind: str, retirees: int, pictures: int) -> dict[str, Any]:
    """Return the figures of one kind of database."""
    vault = Vault.from_text(DATA_KEY)
    install_vault(vault)
    source = Postgresql() if kind == "postgresql" else Sqlite()
    source.make(retirees, vault)
    source.copy()
    with TemporaryDirectory() as made, scratch_url(kind, Path(made)) as empty:
        folder = Path(made)
        engine = open_database(source.url)
        transactions = Transactions(engine)
        put_pictures(transactions, folder / "one" / "evidence", pictures, vault)
        ours = {"DATABASE_URL": source.url, "DATA_DIR": str(folder / "one"), "DATA_KEY": DATA_KEY}
        theirs = ours | {"DATABASE_URL": empty, "DATA_DIR": str(folder / "other")}
        if kind == "postgresql":
            floor = ["pg_dump", "--format=custom", "--compress=0", "--no-sync", "--file=/dev/null", source.url]
        else:
            floor = ["cp", source.url.removeprefix("sqlite:///"), str(folder / "floor.sqlite3")]
        told: dict[str, Any] = {"retirees": retirees, "pictures": pictures, "floor_seconds": run(floor, {})[0]}
        with writers(transactions) as alone:
            time.sleep(ALONE_SECONDS)
        with writers(transactions) as beside:
            told["take_seconds"], _ = run(["deploy/backup", "take", str(folder / "backup")], ours)
        engine.dispose()
        told["acts_a_second"] = {"alone": alone["acts_a_second"], "while_taking": beside["acts_a_second"]}
        told["backup_mb"] = round(sum(one.stat().st_size for one in (folder / "backup").iterdir()) / 1e6)
        told["restore_seconds"], _ = run(["deploy/backup", "restore", str(folder / "backup")], theirs)
        told["doctor_seconds"], found = run([".venv/bin/flask", "doctor", "--json"], theirs, well=(0, 1))
        told["findings"] = [one["check"] for one in json.loads(re.sub(r"^[^{]*", "", found))["findings"]]
    source.drop()
    return told


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=sorted(SIZES), default="postgresql")
    parser.add_argument("--retirees", type=int)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    given = parser.parse_args()
    told = measure(given.database, given.retirees or SIZES[given.database][0], given.pictures)
    told |= {"load_average": os.getloadavg(), "cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps(told, indent=2))
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(kept | {given.database: told}, indent=2) + "\n")


if __name__ == "__main__":
    main()
