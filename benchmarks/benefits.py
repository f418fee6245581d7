"""The night run and the payment file beside plain SQL: `.venv/bin/python -m benchmarks.benefits [--retirees N]`.

On PostgreSQL (2,000,000 people unless told otherwise) or SQLite (--sqlite, 200,000), in databases of their own that are
gone afterwards; --make makes them only, for the next run. The demonstration loader makes the first people with their
pensions, one statement each copies them until there are enough. Two in five have an account in WeChat.

Two cities. In the first a certification lasts thirteen months (`RULE_SET=hunan-2025`), so that people are due on every
day of the year: half of those due within 60 days have renewed, of a thousand of the others five are up to 60 days late,
and whoever has WeChat had a reminder 50 days ago. There an ordinary night is run, and the night after it.
In the second everybody is due on the last of December, 64 of 100 are certified, and half of the reminders arrive. There
the hardest nights of the year are run: sixty days before (reminders), the night on which the days of grace are over
(proposals, and visits to whoever nobody tried to reach), the same night again. Then the payment file.
Beside the hardest night: one COPY of the same people's ids into the database and one UPDATE ... FROM of their pensions.
Beside the payment file: one COPY of the same lines out of it. Results go to benchmarks/results/benefits.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
LOADED = 20_000
OUT = ROOT / "benchmarks" / "results" / "benefits.json"
ROLLING, CALENDAR = "rolling", "calendar"
RULES_OF = {ROLLING: "hunan-2025", CALENDAR: "changsha-2020"}
# The ordinary night, and the day on which everybody of the second city is due.
ORDINARY = date(2027, 6, 15)
DUE_BY = date(2027, 12, 31)
CALM = date(2028, 12, 31)


class Bench:
    """One database and the commands run on it."""

    def __init__(self, url: str, folder: Path, city: str = CALENDAR) -> None:
        self.url, self.folder = url, folder
        self.is_postgresql = url.startswith("postgresql")
        self._environ = os.environ | {
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "DEMO_FACES_DIR": "/nowhere",
            "RULE_SET": RULES_OF[city],
        }
        sqlalchemy_url = url.replace("postgresql://", "postgresql+psycopg://")
        self.engine = create_engine(sqlalchemy_url)

    def flask(self, *arguments: str) -> dict[str, Any]:
        """Run a command; return its JSON with the seconds from its start to its end, and its most memory."""
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

    def tidy(self) -> None:
        """Let the database know what it holds."""
        if self.is_postgresql:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
        else:
            self.run("ANALYZE")


def fill(bench: Bench, retirees: int, city: str) -> None:
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
    due_by, until, certified_by = _standing(bench, city)
    with bench.engine.begin() as connection:
        if bench.is_postgresql:
            # what is copied is whole: its keys need not be looked up one by one
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        indexes = _take_indexes(connection) if bench.is_postgresql else []
        # those who were loaded are certified for long
        connection.execute(
            text(f"UPDATE retirees SET due_by = '{CALM}', certified_until = '{CALM}', certified_by = 'self_service'")
        )
        ours = ("id", "id_number_index", "due_by", "certified_until", "certified_by")
        names = [one for one in _columns(connection, "retirees") if one not in ours]
        if copies > 0:
            connection.execute(
                text(
                    f"INSERT INTO retirees ({', '.join((*ours, *names))}) "
                    f"SELECT {new_id}, substr(id_number_index, 1, 50) || '-' || n, {due_by}, {until}, {certified_by}, "
                    f"{', '.join(names)} FROM (SELECT r.*, copy.n, copy.n * {LOADED} + r.rank AS place FROM {series}, "
                    "(SELECT retirees.*, row_number() OVER (ORDER BY id_number_index) AS rank FROM retirees) AS r) AS p"
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
        if city == ROLLING:
            _reminded_before(connection, new_id)
    bench.tidy()


def _standing(bench: Bench, city: str) -> tuple[str, str, str]:
    """Return as SQL, of a person's place, by when they are due, until when certified, and how."""

    def day(start: date, days: str) -> str:
        if bench.is_postgresql:
            return f"DATE '{start}' + CAST({days} AS integer)"
        return f"date('{start}', ({days}) || ' days')"

    if city == CALENDAR:
        certified = "place % 100 < 64"
        next_year = day(DUE_BY, "365")
        due_by = f"CASE WHEN {certified} THEN {next_year} ELSE {day(DUE_BY, '0')} END"
        until = f"CASE WHEN {certified} THEN {next_year} END"
        return due_by, until, f"CASE WHEN {certified} THEN 'self_service' END"
    due_by = (
        "CASE "
        f"WHEN place % 365 < 60 AND place / 365 % 2 = 0 THEN {day(ORDINARY, 'place % 365 + 365')} "
        f"WHEN place % 365 >= 60 AND place / 365 % 1000 < 5 THEN {day(ORDINARY, '-(place % 60)')} "
        f"ELSE {day(ORDINARY, 'place % 365')} END"
    )
    return due_by, due_by, "'self_service'"


def _reminded_before(connection: Connection, new_id: str) -> None:
    """Let whoever has an account have had a reminder fifty days ago."""
    at = f"{ORDINARY - timedelta(days=50)} 02:00:00" + (".000000" if connection.dialect.name == "sqlite" else "+00")
    connection.execute(
        text(
            'INSERT INTO outbox_messages (id, cause, account_id, retiree_id, notice, "values", is_reply, status, '
            "refused, tries, next_try_at, created_at, ended_at) "
            f"SELECT {new_id}, 'before:' || cast(r.id as text), r.id, r.id, 'certify_reminder', r.name, false, 'sent', "
            f"'', 1, '{at}', '{at}', '{at}' FROM retirees r JOIN accounts a ON a.id = r.id"
        )
    )


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


def _tail(column: str, *, is_postgresql: bool) -> str:
    """Return as SQL the last two digits of an id: those that chance drew."""
    return f"right(cast({column} as text), 2)" if is_postgresql else f"substr({column}, -2)"


def _accounts(connection: Connection, new_id: str) -> None:
    """Give two in five people an account in WeChat that may act for them."""
    tail = _tail("r.id", is_postgresql=connection.dialect.name == "postgresql")
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
    even = f"{_tail('id', is_postgresql=bench.is_postgresql)} < '80'"
    at = f"{DUE_BY - timedelta(days=59)} 02:00:00" + ("+00" if bench.is_postgresql else ".000000")
    bench.run(
        f"UPDATE outbox_messages SET status = 'sent', ended_at = '{at}' WHERE {even}",
        f"UPDATE outbox_messages SET status = 'failed', ended_at = '{at}' WHERE status = 'waiting'",
    )
    bench.tidy()


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


def measure_ordinary(bench: Bench) -> dict[str, Any]:
    """Run a night of no particular day, and the one after it."""
    return {
        "ordinary_night": _sweep(bench, ORDINARY),
        "next_ordinary_night": _sweep(bench, ORDINARY + timedelta(days=1)),
    }


def measure_hardest(bench: Bench) -> dict[str, Any]:
    """Run the hardest nights of the year and the payment file."""
    figures: dict[str, Any] = {"night_of_reminders": _sweep(bench, DUE_BY - timedelta(days=60))}
    deliver_half(bench)
    over = DUE_BY + timedelta(days=31)
    figures["night_of_proposals"] = _sweep(bench, over)
    figures["same_night_again"] = _sweep(bench, over)
    figures["plain_copy_and_update_seconds"] = round(plain_update(bench), 1)
    with bench.engine.connect() as connection:
        month = connection.scalar(text("SELECT month FROM payment_months WHERE status = 'open'")) or 0
    written = f"{month // 12}-{month % 12 + 1:02d}"
    closed = bench.flask("benefits", "payment-file", "--month", written, "--json")
    figures["payment_file"] = {name: value for name, value in closed.items() if name not in {"file", "differences"}}
    print("payment_file", json.dumps(figures["payment_file"]), flush=True)
    figures["plain_copy_seconds"] = round(plain_copy(bench), 1)
    return figures


def _sweep(bench: Bench, day: date) -> dict[str, Any]:
    bench.tidy()
    found = bench.flask("benefits", "sweep", "--as-of", day.isoformat(), "--json")
    print(day, json.dumps(found), flush=True)
    return found


@contextmanager
def database(city: str, retirees: int, folder: Path, *, sqlite: bool) -> Iterator[Bench]:
    """Yield a city's database, made unless the last run left it; gone afterwards."""
    name = f"benefits_bench_{city}_{retirees}"
    if sqlite:
        path = folder / f"{name}.sqlite3"
        bench = Bench(f"sqlite:///{path}", folder, city)
        if not path.exists():
            fill(bench, retirees, city)
        yield bench
        bench.engine.dispose()
        path.unlink()
        return
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        bench = Bench(f"{SERVER}/{name}", folder, city)
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            server.execute(f'CREATE DATABASE "{name}"')
            fill(bench, retirees, city)
        yield bench
        bench.engine.dispose()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def main() -> None:
    """Measure one kind of database and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retirees", type=int)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--make", action="store_true", help="make the databases and leave them for the next run")
    given = parser.parse_args()
    kind = "sqlite" if given.sqlite else "postgresql"
    retirees = given.retirees or (200_000 if given.sqlite else 2_000_000)
    figures: dict[str, Any] = {"retirees": retirees}
    # one folder for both, whose key opens what the loader sealed
    folder = ROOT / "var" / "benefits_bench"
    folder.mkdir(parents=True, exist_ok=True)
    for city, measure in ((ROLLING, measure_ordinary), (CALENDAR, measure_hardest)):
        made = database(city, retirees, folder, sqlite=given.sqlite)
        if given.make:
            made.__enter__()
            continue
        with made as bench:
            figures |= measure(bench)
    if given.make:
        return
    figures["load_average"] = round(os.getloadavg()[0], 1)
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    known[kind] = figures
    OUT.write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main()
