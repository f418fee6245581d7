"""How fast a file of another department is taken in: `python -m benchmarks.matching [--database sqlite]`.

Makes a database of invented retirees once and keeps it as `matching_bench` on the server of TEST_POSTGRESQL_URL, or as
a file in var/; each run works on a copy. Ours is the command `flask matching import` as an operator starts it, from the
start of the process to its end. Beside it, in turns, plain SQL does the core of the work: the same rows, their digests
ready made, by COPY into a temporary table and one UPDATE ... FROM of where each person stands; no certification, no
receipt, no audit, no message, no row that explains. Bars: 120 s, 500 MB, 3 times the plain SQL.

The file: 90 of 100 rows are strong evidence of life, each of another retiree who is not certified yet; 6 are of people
who are not on the roster, 3 say again what a row before said, 1 cannot be read. 40 of 100 retirees are told in WeChat.
The figures go to benchmarks/results/matching.json.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

import psycopg
from sqlalchemy import insert

from models import Account, Binding, Region, Retiree, schema
from models.bulk import copy_in
from models.random_id import new_ids
from models.region import RegionLevel
from models.retiree import ID_NUMBER_PURPOSE, NAME_PURPOSE
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from policy.identity_number import check_digit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "matching.json"
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
# Of invented people: no secret.
DATA_KEY = base64.b64encode(b"0123456789abcdef" * 2).decode()
KEPT, COPY = "matching_bench", "matching_bench_run"
SIZES = {"postgresql": (2_000_000, 1_000_000), "sqlite": (200_000, 200_000)}
BATCH = 50_000
TODAY = datetime.now(UTC).date()
SEEN_ON = max(TODAY - timedelta(days=9), date(TODAY.year, 1, 1))
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周", "秀英桂兰玉梅建国志强"
BOUND_OF_100 = 40


def number_of(place: int) -> str:
    """Return the invented identity number of a person; the first million have nobody's from the second million."""
    day = date(1935, 1, 1) + timedelta(days=place % 9_000)
    serial = place // 9_000
    first = f"{430101 + serial // 1000:06d}{day:%Y%m%d}{serial % 1000:03d}"
    return first + check_digit(first)


def name_of(place: int) -> str:
    """Return the invented name of a person: three thousand different ones."""
    return FAMILY[place % 10] + GIVEN[place // 10 % 10] + GIVEN[place // 100 % 10]


def fill(session: Session, retirees: int, vault: Vault) -> None:
    """Write so many retirees, and an account for some. What is sealed is drawn from a few: nobody opens it here."""
    codes = [f"4301029910{place:02d}" for place in range(100)]
    subdistrict = {"code": "430102991", "level": RegionLevel.SUBDISTRICT, "name": "长青街道", "parent_code": "430102"}
    session.execute(insert(Region), subdistrict)
    session.execute(
        insert(Region),
        [{"code": code, "level": RegionLevel.COMMUNITY, "name": code, "parent_code": "430102991"} for code in codes],
    )
    sealed = {
        purpose: [vault.seal(text.encode(), purpose) for _ in range(100)]
        for purpose, text in (
            (ID_NUMBER_PURPOSE, number_of(0)),
            (NAME_PURPOSE, "王秀英"),
            ("retirees.phone", "13900000000"),
            ("retirees.address", "湖南省长沙市芙蓉区长青街道银杏社区长青路5号2栋1单元302室"),
            ("accounts.openid", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"),
        )
    }
    names = {name_of(place): vault.blind_index(name_of(place), NAME_PURPOSE) for place in range(1000)}
    for start in range(0, retirees, BATCH):
        _fill_some(session, range(start, min(start + BATCH, retirees)), codes, sealed, names, vault)


def _fill_some(
    session: Session,
    places: range,
    codes: list[str],
    sealed: dict[str, list[bytes]],
    names: dict[str, str],
    vault: Vault,
) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}" + (
        "+00" if session.get_bind().dialect.name == "postgresql" else ""
    )
    ids = new_ids(len(places))
    people, accounts, bindings = [], [], []
    for retiree_id, place in zip(ids, places, strict=True):
        code, name = codes[place % 100], name_of(place)
        people.append(
            (
                retiree_id,
                sealed[ID_NUMBER_PURPOSE][place % 100],
                vault.blind_index(number_of(place), ID_NUMBER_PURPOSE),
                sealed[NAME_PURPOSE][place % 100],
                names[name],
                names[name],
                sealed["retirees.phone"][place % 100],
                f"{place:064x}",
                sealed["retirees.address"][place % 100],
                code,
                "430102",
                code,
                "enterprise",
                "2010-01-01",
                f"{TODAY.year}-12-31",
                False,
                now,
            )
        )
        if place % 100 < BOUND_OF_100:
            account, binding = new_ids(2)
            accounts.append((account, "wechat", f"{place:064x}", sealed["accounts.openid"][place % 100], now))
            bindings.append((binding, account, retiree_id, "self", now, now, "face"))
    columns: tuple[str, ...] = (
        "id",
        "id_number",
        "id_number_index",
        "name",
        "name_index",
        "initials_index",
        "phone",
        "phone_index",
    )
    columns += ("address", "community_code", "agency_code", "owner_code", "insured_kind", "entitled_from", "due_by")
    copy_in(session, Retiree.__tablename__, (*columns, "is_demonstration", "created_at"), people)
    copy_in(session, Account.__tablename__, ("id", "kind", "identity_index", "openid", "created_at"), accounts)
    columns = ("id", "account_id", "retiree_id", "relation", "created_at", "confirmed_at", "confirmed_by")
    copy_in(session, Binding.__tablename__, columns, bindings)


def write_file(folder: Path, retirees: int, rows: int, vault: Vault) -> None:
    """Write the file of the department, and the same rows with digests for plain SQL."""
    random = Random(7)
    people = random.sample(range(retirees), rows * 9 // 10)
    with (
        (folder / "visits.csv").open("w", encoding="utf-8", newline="") as file,
        (folder / "digests.csv").open("w", encoding="utf-8", newline="") as ready,
    ):
        writer, plain = csv.writer(file), csv.writer(ready)
        writer.writerow(["就诊流水号", "姓名", "身份证号", "就诊时间", "医院"])
        for line in range(rows):
            kind, place = line % 100, people[(line // 100 * 90 + min(line % 100, 89)) % len(people)]
            if kind >= 93:
                place = retirees + line  # nobody's
            number = "4301021940" if kind == 99 else number_of(place)
            writer.writerow([f"MZ{line:012d}", name_of(place), number, f"{SEEN_ON} 09:{line % 60:02d}:00", "某医院"])
            plain.writerow([vault.blind_index(number, ID_NUMBER_PURPOSE), str(SEEN_ON)])


class Postgresql:
    """The databases of a run on PostgreSQL."""

    url = f"{SERVER}/{COPY}"

    def make(self, retirees: int, vault: Vault) -> None:
        """Make the kept database, unless it is there."""
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (KEPT,)).fetchone():
                return
            server.execute(f'CREATE DATABASE "{KEPT}_begun"')
            _make(f"{SERVER}/{KEPT}_begun", retirees, vault)
            with psycopg.connect(f"{SERVER}/{KEPT}_begun", autocommit=True) as made:
                made.execute("VACUUM ANALYZE")
            server.execute(f'ALTER DATABASE "{KEPT}_begun" RENAME TO "{KEPT}"')

    def copy(self) -> None:
        """Make a fresh copy."""
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{COPY}" TEMPLATE "{KEPT}" STRATEGY file_copy')
            server.execute("CHECKPOINT")

    def plain(self, digests: Path) -> float:
        """Return how long plain SQL takes."""
        with psycopg.connect(self.url) as database:
            started = time.perf_counter()
            database.execute("CREATE TEMPORARY TABLE seen (digest varchar(64), seen_on date)")
            with digests.open("rb") as file, database.cursor().copy("COPY seen FROM STDIN (FORMAT csv)") as copy:
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
            database.execute(_UPDATE)
            database.commit()
            return time.perf_counter() - started

    def drop(self) -> None:
        """Leave the kept database alone."""
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


class Sqlite:
    """The files of a run on SQLite."""

    def __init__(self) -> None:
        folder = ROOT / "var"
        folder.mkdir(exist_ok=True)
        self._kept, self._copy = folder / f"{KEPT}.sqlite3", folder / f"{COPY}.sqlite3"
        self.url = f"sqlite:///{self._copy}"

    def make(self, retirees: int, vault: Vault) -> None:
        """Make the kept database, unless it is there."""
        if not self._kept.exists():
            begun = self._kept.with_suffix(".begun")
            begun.unlink(missing_ok=True)
            _make(f"sqlite:///{begun}", retirees, vault)
            with sqlite3.connect(begun) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            begun.rename(self._kept)

    def copy(self) -> None:
        """Make a fresh copy."""
        self.drop()
        shutil.copyfile(self._kept, self._copy)

    def plain(self, digests: Path) -> float:
        """Return how long plain SQL takes."""
        with sqlite3.connect(self._copy, isolation_level=None) as database, digests.open(newline="") as file:
            database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
            started = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("CREATE TEMPORARY TABLE seen (digest TEXT, seen_on TEXT)")
            database.executemany("INSERT INTO seen VALUES (?, ?)", csv.reader(file))
            database.execute(_UPDATE)
            database.execute("COMMIT")
            return time.perf_counter() - started

    def drop(self) -> None:
        """Leave the kept file alone."""
        for suffix in ("", "-wal", "-shm"):
            self._copy.with_name(self._copy.name + suffix).unlink(missing_ok=True)


_UPDATE = (
    f"UPDATE retirees SET certified_until = '{TODAY.year}-12-31', certified_by = 'data_match',"
    f" due_by = '{TODAY.year + 1}-12-31' FROM seen WHERE id_number_index = seen.digest"
)


def _make(url: str, retirees: int, vault: Vault) -> None:
    engine = open_database(url)
    schema.upgrade(engine)
    with Transactions(engine)() as session:
        fill(session, retirees, vault)
    engine.dispose()


class ServerTime:
    """The processor time of a database's own processes while a block runs; None on another machine and for SQLite."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._seen: dict[int, float] = {}
        self._over = Event()
        self._watching = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self._url.startswith("postgresql"):
            self._watching.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        if self._watching.is_alive():
            self._watching.join()

    @property
    def seconds(self) -> float | None:
        """So many seconds."""
        return round(sum(self._seen.values()), 1) if self._seen else None

    def _watch(self) -> None:
        tick = os.sysconf("SC_CLK_TCK")
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            while not self._over.wait(0.2):
                for (pid,) in server.execute(query, (COPY,)).fetchall():
                    stat = Path(f"/proc/{pid}/stat")
                    if stat.exists():
                        used = stat.read_text().rpartition(")")[2].split()
                        self._seen[pid] = (int(used[11]) + int(used[12])) / tick


def take_in(url: str, folder: Path) -> dict[str, Any]:
    """Run the command; return its report with the process's own time, processor time and memory."""
    environ = os.environ | {"DATABASE_URL": url, "DATA_KEY": DATA_KEY, "DATA_DIR": str(folder / "var")}
    importing = ("matching", "import", str(folder / "visits.csv"), "--source", "hospital_visit", "--json")
    started = time.perf_counter()
    with ServerTime(url) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", *importing], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
        )
        answer = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(answer)
    report: dict[str, Any] = json.loads(answer)
    del report["rejected_file"]  # gone with its folder
    return report | {
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "server_processor_seconds": server.seconds,
        "memory_mb": round(used.ru_maxrss / 1024),
    }


def measure(name: str, retirees: int, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield what each round took: plain SQL, then ours, each on a fresh copy."""
    vault = Vault.from_text(DATA_KEY)
    install_vault(vault)
    database = Postgresql() if name == "postgresql" else Sqlite()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        database.make(retirees, vault)
        write_file(folder, retirees, rows, vault)
        for _ in range(rounds):
            database.copy()
            with ServerTime(database.url) as server:
                plain = database.plain(folder / "digests.csv")
            database.copy()
            ours = take_in(database.url, folder)
            again = take_in(database.url, folder)
            yield {
                "plain_seconds": round(plain, 1),
                "plain_processor_seconds": server.seconds,
                "ours": ours,
                "again_seconds": again["seconds"],
            }
        database.drop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=sorted(SIZES), default="postgresql")
    parser.add_argument("--retirees", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    retirees, rows = chosen.retirees or SIZES[chosen.database][0], chosen.rows or SIZES[chosen.database][1]
    rounds = []
    for one in measure(chosen.database, retirees, rows, chosen.rounds):
        print(json.dumps(one, ensure_ascii=False), flush=True)
        rounds.append(one)
    plain, ours = median(one["plain_seconds"] for one in rounds), median(one["ours"]["seconds"] for one in rounds)
    memory = max(one["ours"]["memory_mb"] for one in rounds)
    print(f"{rows} rows, {retirees} retirees: ours {ours} s, plain {plain} s, ratio {ours / plain:.2f}, {memory} MB")
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[chosen.database] = {
        "retirees": retirees,
        "rows": rows,
        "rounds": rounds,
        "ratio": round(ours / plain, 2),
        "load_average": os.getloadavg(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
