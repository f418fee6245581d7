"""The night run and the payment file beside plain SQL: `.venv/bin/python -m benchmarks.benefits [--retirees N]`.

On PostgreSQL (2,000,000 people unless told otherwise) or SQLite (--sqlite, 200,000), in a database of its own that is
gone afterwards. The demonstration loader makes the first people with their pensions, one statement each copies them
until there are enough: only their ids and numbers differ. Two in five have an account in WeChat; of those who are not
certified half were reminded.

Three nights: sixty days before everybody is due (reminders), the night on which the days of grace are over (proposals,
and visits to whoever nobody tried to reach), the same night again (nothing to do). Then the payment file.
Beside the second night: one COPY of the same people's ids into the database and one UPDATE ... FROM of their pensions.
Beside the payment file: one COPY of the same lines out of it. Results go to benchmarks/results/benefits.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, create_engine, text

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
LOADED = 20_000
OUT = ROOT / "benchmarks" / "results" / "benefits.json"


class Bench:
    """One database and the commands run on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.is_postgresql = url.startswith("postgresql")
        self._environ = os.environ | {"DATABASE_URL": url, "DATA_DIR": str(folder), "DEMO_FACES_DIR": "/nowhere"}
        sqlalchemy_url = url.replace("postgresql://", "postgresql+psycopg://")
        self.engine = create_engine(sqlalchemy_url)

    def flask(self, *arguments: str) -> dict[str, Any]:
        """Run a command; return its JSON with the seconds it took, of which on this processor, and its most memory."""
        log = self.folder / "time.txt"
        timed = ["/usr/bin/time", "-v", "-o", str(log), str(ROOT / ".venv/bin/flask"), *arguments]
        began = time.perf_counter()
        done = subprocess.run(timed, cwd=ROOT, env=self._environ, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        kilobytes = int(re.findall(r"Maximum resident set size \(kbytes\): (\d+)", log.read_text())[0])
        told: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip().startswith("{") else {}
        return {**told, "seconds": round(seconds, 1), "memory_mb": round(kilobytes / 1024)}

    def run(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


def fill(bench: Bench, retirees: int, due_by: date) -> None:
    """Make the people: some by the demonstration loader, the rest as copies of them."""
    bench.flask("database", "upgrade")
    loaded = min(retirees, LOADED)
    bench.flask("demo", "load", "--retirees", str(loaded), "--cases", "0", "--json")
    copies = retirees // loaded - 1
    new_id = "gen_random_uuid()" if bench.is_postgresql else "lower(hex(randomblob(16)))"
    series = (
        f"generate_series(1, {copies}) AS copy(n)"
        if bench.is_postgresql
        else f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {copies}) "
        "SELECT n FROM c) AS copy"
    )
    with bench.engine.begin() as connection:
        later = due_by + timedelta(days=365)
        connection.execute(text(f"UPDATE retirees SET due_by = '{due_by}'"))
        connection.execute(
            text(
                f"UPDATE retirees SET certified_until = '{later}', certified_by = 'self_service', due_by = '{later}' "
                f"WHERE {_share('id', 64)}"
            )
        )
        names = ", ".join(one for one in _columns(connection, "retirees") if one not in {"id", "id_number_index"})
        kept = ", ".join(f"r.{name}" for name in names.split(", "))
        indexes = _take_indexes(connection) if bench.is_postgresql else []
        if copies > 0:
            connection.execute(
                text(
                    f"INSERT INTO retirees (id, id_number_index, {names}) "
                    f"SELECT {new_id}, substr(r.id_number_index, 1, 50) || '-' || copy.n, {kept} "
                    f"FROM retirees r, {series}"
                )
            )
        for index in indexes:
            connection.execute(text(index))
        month = connection.scalar(text("SELECT month FROM payment_months WHERE status = 'open'"))
        number = "replace(cast(r.id as text), '-', '')"
        connection.execute(
            text(
                "INSERT INTO benefits (id, number, status, first_month, created_at) "
                f"SELECT r.id, {number}, 'paid', {month}, r.created_at FROM retirees r "
                "WHERE NOT EXISTS (SELECT 1 FROM benefits b WHERE b.id = r.id)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO benefit_amounts (id, benefit_id, from_month, cents) "
                f"SELECT {new_id}, b.id, {month}, 312345 FROM benefits b "
                "WHERE NOT EXISTS (SELECT 1 FROM benefit_amounts a WHERE a.benefit_id = b.id)"
            )
        )
        _accounts(connection, new_id)
    if bench.is_postgresql:
        with psycopg.connect(bench.url, autocommit=True) as connection_of_server:
            connection_of_server.execute("VACUUM ANALYZE")
    else:
        bench.run("ANALYZE")


def _take_indexes(connection: Connection) -> list[str]:
    """Drop the indexes of the people while they are copied; return the statements that make them again."""
    rows = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'retirees' "
            "AND indexdef NOT LIKE 'CREATE UNIQUE%'"
        )
    ).all()
    for name, _definition in rows:
        connection.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _name, definition in rows]


def _columns(connection: Connection, table: str) -> list[str]:
    return list(connection.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys())


def _share(column: str, percent: int) -> str:
    """Return a condition that holds for about so many of a hundred ids, always the same ones."""
    hexadecimal = f"substr(cast({column} as text), 1, 2)"
    return f"{hexadecimal} < '{percent * 256 // 100:02x}'"


def _accounts(connection: Connection, new_id: str) -> None:
    """Give two in five people an account in WeChat that may act for them."""
    tail = "substr(cast(r.id as text), -2)" if connection.dialect.name == "sqlite" else "right(cast(r.id as text), 2)"
    connection.execute(
        text(
            "INSERT INTO accounts (id, kind, identity_index, openid, created_at) "
            "SELECT r.id, 'wechat', r.id_number_index, r.name, r.created_at FROM retirees r "
            f"WHERE {tail} < '66'"
        )
    )
    connection.execute(
        text(
            "INSERT INTO bindings (id, account_id, retiree_id, relation, created_at, confirmed_at, confirmed_by) "
            f"SELECT {new_id}, a.id, a.id, 'self', a.created_at, a.created_at, 'operator' FROM accounts a "
            "WHERE a.kind = 'wechat'"
        )
    )


def deliver_half(bench: Bench) -> None:
    """Let half of the reminders have been delivered, as the outbox would; the others failed."""
    even = "substr(cast(id as text), 1, 1) < '8'"
    bench.run(
        f"UPDATE outbox_messages SET status = 'sent', ended_at = created_at WHERE {even}",
        "UPDATE outbox_messages SET status = 'failed', ended_at = created_at WHERE status = 'waiting'",
    )
    if bench.is_postgresql:
        with psycopg.connect(bench.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def plain_update(bench: Bench) -> float:
    """COPY the ids of whoever the night was about into the database, then one UPDATE ... FROM of their pensions."""
    query = (
        "SELECT benefit_id FROM benefit_actions UNION ALL SELECT retiree_id FROM tickets WHERE origin = 'not_reached'"
    )
    if not bench.is_postgresql:
        with bench.engine.begin() as connection:
            ids = [{"id": row[0]} for row in connection.execute(text(query))]
        began = time.perf_counter()
        with bench.engine.begin() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE due (id CHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO due VALUES (:id)"), ids)
            connection.execute(text("UPDATE benefits SET status = 'paid' FROM due WHERE due.id = benefits.id"))
        return time.perf_counter() - began
    listed = bench.folder / "ids.csv"
    _copy_out(bench, query, listed)
    began = time.perf_counter()
    with psycopg.connect(bench.url) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMPORARY TABLE due (id uuid)")
        with listed.open("rb") as file, cursor.copy("COPY due FROM STDIN") as into:
            while block := file.read(1 << 16):
                into.write(block)
        cursor.execute("UPDATE benefits SET status = 'paid' FROM due WHERE due.id = benefits.id")
        connection.commit()
    return time.perf_counter() - began


def _copy_out(bench: Bench, query: str, path: Path) -> None:
    with (
        psycopg.connect(bench.url) as connection,
        path.open("wb") as file,
        connection.cursor().copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)") as out,
    ):
        for block in out:
            file.write(block)


def plain_copy(bench: Bench) -> float:
    """Write the same lines out of the database with nothing else."""
    query = (
        "SELECT b.number, a.cents FROM benefits b JOIN benefit_amounts a ON a.benefit_id = b.id "
        "WHERE b.status = 'paid' ORDER BY b.number"
    )
    path = bench.folder / "plain.csv"
    began = time.perf_counter()
    if bench.is_postgresql:
        _copy_out(bench, query, path)
    else:
        with bench.engine.connect() as connection, path.open("w", newline="") as file:
            csv.writer(file).writerows(connection.execute(text(query)))
    return time.perf_counter() - began


def measure(bench: Bench, retirees: int) -> dict[str, Any]:
    """Fill the database, run everything, return the figures."""
    due_by = date(2027, 12, 31)
    began = time.perf_counter()
    fill(bench, retirees, due_by)
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    figures: dict[str, Any] = {"retirees": retirees}

    def say(name: str, found: Any) -> None:
        figures[name] = found
        print(name, json.dumps(found), flush=True)

    sweep: Callable[[date], dict[str, Any]] = lambda day: bench.flask(  # noqa: E731 - one line of arguments
        "benefits", "sweep", "--as-of", day.isoformat(), "--json"
    )
    say("night_of_reminders", sweep(due_by - timedelta(days=60)))
    deliver_half(bench)
    over = due_by + timedelta(days=31)
    bench.run(
        "UPDATE outbox_messages SET ended_at = '2099-01-01 00:00:00+00' WHERE status = 'sent'"
        if bench.is_postgresql
        else "UPDATE outbox_messages SET ended_at = '2099-01-01 00:00:00.000000' WHERE status = 'sent'"
    )
    say("night_of_proposals", sweep(over))
    say("same_night_again", sweep(over))
    say("plain_copy_and_update_seconds", round(plain_update(bench), 1))
    with bench.engine.connect() as connection:
        month = connection.scalar(text("SELECT month FROM payment_months WHERE status = 'open'")) or 0
    written = f"{month // 12}-{month % 12 + 1:02d}"
    say("payment_file", bench.flask("benefits", "payment-file", "--month", written, "--json"))
    figures["payment_file"] = {
        name: value for name, value in figures["payment_file"].items() if name not in {"file", "differences"}
    }
    say("plain_copy_seconds", round(plain_copy(bench), 1))
    return figures


def main() -> None:
    """Measure one database and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retirees", type=int)
    parser.add_argument("--sqlite", action="store_true")
    given = parser.parse_args()
    kind = "sqlite" if given.sqlite else "postgresql"
    retirees = given.retirees or (200_000 if given.sqlite else 2_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.sqlite:
            figures = measure(Bench(f"sqlite:///{folder / 'bench.sqlite3'}", folder), retirees)
        else:
            database = f"bench_{uuid4().hex}"
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
                server.execute(f'CREATE DATABASE "{database}"')
                try:
                    figures = measure(Bench(f"{SERVER}/{database}", folder), retirees)
                finally:
                    server.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    figures["load_average"] = round(os.getloadavg()[0], 1)
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    known[kind] = figures
    OUT.write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main()
