"""How fast the staff console answers over a city: `.venv/bin/python -m benchmarks.console [--retirees N] [--cases N]`.

Makes a database of invented people once and keeps it (DATABASE_URL, else `demo_bench` on the server of
TEST_POSTGRESQL_URL), logs in as staff of the city, a district and a community, and asks for each list and person page
inside this process: the time on the server, without a network. In the same run a plain SQL query fetches what the page
shows; the ratio is what we add to it. Bars: 150 ms at p95 for lists and people, 300 ms for the city's figures. The
figures go to benchmarks/results/console.json.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import func, make_url, select

from app import create_app
from casework.figures import count_figures
from casework.scope import span_of
from casework.search_index import address_tokens, initials_index, initials_of, name_index
from models import Retiree, Staff, Ticket
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE
from models.ticket import ENDED, TicketKind
from settings import Settings
from tests.staff import sit_down

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from services import Services
    from tests.staff import Desk

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "console.json"
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
# Of invented people: no secret.
DATA_KEY = base64.b64encode(b"0123456789abcdef" * 2).decode()
BAR_MS, DASHBOARD_BAR_MS = 150, 300
LOGINS = ("city", "district", "community")
COLUMNS = (
    "SELECT t.*, r.*, s.login FROM tickets t LEFT JOIN retirees r ON r.id = t.retiree_id"
    " LEFT JOIN staff s ON s.id = t.assignee_id WHERE t.owner_code BETWEEN %s AND %s AND t.status NOT IN"
    " ('done', 'cancelled')"
)


@dataclass
class Page:
    """A page, who asks for it, and the plain query of what it shows. form: what is sent in the body."""

    name: str
    login: str
    path: str
    sql: str
    values: tuple[Any, ...]
    form: dict[str, str] = field(default_factory=dict)
    bar: int = BAR_MS


def make_database(url: str, environ: dict[str, str], retirees: int, cases: int) -> None:
    """Make the database, unless it is there; one that was begun is filled up."""
    address = make_url(url)
    with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (address.database,)).fetchone() is None:
            server.execute(f'CREATE DATABASE "{address.database}"')

    def flask(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "flask", *arguments], cwd=ROOT, env=environ, check=True)

    flask("database", "upgrade")
    with psycopg.connect(url) as database:
        found = database.execute("SELECT count(*) FROM retirees").fetchone()
    if found is None or found[0] < retirees:
        flask("demo", "load", "--retirees", str(retirees), "--cases", str(cases))
    with psycopg.connect(url, autocommit=True) as database:
        # what the server does by itself, an hour or a day later
        database.execute("VACUUM ANALYZE")


def pages_of(services: Services, login: str) -> list[Page]:
    """Return the pages of one member of staff, with somebody and something of their own region."""
    with services.transactions() as session:
        staff = session.scalars(select(Staff).where(Staff.login == login)).one()
        span = span_of(staff.region_code)
        owners = (span[0], span[1])
        person = session.scalars(
            select(Retiree).where(Retiree.owner_code.between(*span), Retiree.is_demonstration).offset(40).limit(1)
        ).one()
        ticket = session.scalars(
            select(Ticket)
            .where(
                Ticket.owner_code.between(*span),
                Ticket.status.not_in(ENDED),
                Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
            )
            .limit(1)
        ).one()
    vault = services.vault
    search = "SELECT * FROM retirees WHERE owner_code BETWEEN %s AND %s AND"
    road, _, building = (person.address or "").partition("号")
    # a house, and parts that every road has: a building and a room
    addresses = {"by address": f"{road}号", "by building and room": building}
    tokens = {how: list(address_tokens(typed, vault)) for how, typed in addresses.items()}
    overdue = (
        "SELECT * FROM retirees WHERE owner_code BETWEEN %s AND %s AND coalesce(certified_until, '-infinity') <"
        " current_date"
    )
    living_there = (
        "SELECT * FROM retirees WHERE owner_code BETWEEN %s AND %s AND id IN (SELECT retiree_id FROM address_tokens"
        " WHERE token = ANY(%s) GROUP BY 1 HAVING count(*) = %s) LIMIT 50"
    )
    found = [
        ("by initials", initials_of(person.name), f"{search} initials_index = %s LIMIT 50", None),
        ("by name", person.name, f"{search} name_index = %s LIMIT 50", name_index(person.name, vault)),
        ("by identity number", person.id_number, f"{search} id_number_index = %s LIMIT 50", None),
        ("by phone", person.phone or "", f"{search} phone_index = %s LIMIT 50", None),
    ]
    digests = {
        "by initials": initials_index(initials_of(person.name), vault),
        "by identity number": vault.blind_index(person.id_number, ID_NUMBER_PURPOSE),
        "by phone": vault.blind_index(person.phone or "", PHONE_PURPOSE),
    }
    pages = [
        Page(
            "home",
            login,
            "/",
            "SELECT status, count(*) FROM tickets WHERE owner_code BETWEEN %s AND %s AND status NOT IN"
            " ('done', 'cancelled') GROUP BY 1",
            owners,
        ),
        Page("tickets", login, "/tickets", f"{COLUMNS} ORDER BY t.due_by, t.id LIMIT 51", owners),
        Page(
            "tickets, late",
            login,
            "/tickets?which=late",
            f"{COLUMNS} AND t.due_by < current_date ORDER BY t.due_by, t.id LIMIT 51",
            owners,
        ),
        Page("one ticket", login, f"/tickets/{ticket.id}", "SELECT * FROM tickets WHERE id = %s", (ticket.id,)),
        *(
            Page(f"people {how}", login, "/people", sql, (*owners, digest or digests[how]), {"q": typed})
            for how, typed, sql, digest in found
        ),
        *(
            Page(f"people {how}", login, "/people", living_there, (*owners, some, len(some)), {"q": addresses[how]})
            for how, some in tokens.items()
        ),
        Page(
            "one person",
            login,
            f"/people/{person.id}",
            "SELECT * FROM retirees r LEFT JOIN certifications c ON c.retiree_id = r.id WHERE r.id = %s",
            (person.id,),
        ),
        Page(
            "today",
            login,
            "/today",
            f"{COLUMNS} AND t.assignee_id = %s AND t.kind = 'assisted_certification' LIMIT 60",
            (*owners, staff.id),
        ),
        Page(
            "figures",
            login,
            "/figures",
            "SELECT code, name, bucket, sum(value) FROM region_figures WHERE code BETWEEN %s AND %s GROUP BY 1, 2, 3",
            owners,
            bar=DASHBOARD_BAR_MS,
        ),
        Page(
            "figures, who is overdue",
            login,
            "/figures/people?which=overdue",
            f"{overdue} AND due_by < current_date ORDER BY owner_code, due_by, id LIMIT 51",
            owners,
        ),
    ]
    if login == "community":
        pages.append(
            Page(
                "figures, who may be late",
                login,
                f"/figures/risk?region={staff.region_code}",
                f"{overdue} AND due_by >= current_date",
                owners,
            )
        )
    if login != "community":
        review = "SELECT * FROM reviews v JOIN retirees r ON r.id = v.retiree_id WHERE v.status = 'open'"
        check = "SELECT * FROM visit_checks c JOIN visits v ON v.id = c.visit_id WHERE c.status = 'open'"
        pages += [
            Page(
                "reviews",
                login,
                "/reviews",
                f"{review} AND v.owner_code BETWEEN %s AND %s ORDER BY v.due_by LIMIT 100",
                owners,
            ),
            Page(
                "checks",
                login,
                "/checks",
                f"{check} AND c.owner_code BETWEEN %s AND %s ORDER BY c.created_at LIMIT 100",
                owners,
            ),
        ]
    return pages


def measure(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds, after one that does not count."""
    ask()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))]


def compare(page: Page, desk: Desk, database: psycopg.Connection, times: int) -> dict[str, Any]:
    """Return the figures of one page beside its plain query."""

    def ask() -> None:
        answer = desk.post(page.path, **page.form) if page.form else desk.get(page.path)
        if answer.status_code != 200:
            raise SystemExit(f"{page.login}, {page.name}: {answer.status_code}")

    p50, p95 = measure(ask, times)
    plain50, plain95 = measure(lambda: database.execute(page.sql, page.values).fetchall(), times // 4)
    figures = {"p50_ms": p50, "p95_ms": p95, "sql_p50_ms": plain50, "sql_p95_ms": plain95}
    return {name: round(value, 1) for name, value in figures.items()} | {
        "ratio": round(p50 / plain50, 1),
        "is_within_bar": p95 <= page.bar,
    }


def log_in(app: Flask, services: Services) -> dict[str, Desk]:
    """Return a browser for each login."""
    with services.transactions() as session:
        staff = {login: session.scalars(select(Staff).where(Staff.login == login)).one() for login in LOGINS}
    return {login: sit_down(app, services.transactions, one, services.clock.now()) for login, one in staff.items()}


def main() -> None:
    """Measure, print a table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retirees", type=int, default=2_000_000)
    parser.add_argument("--cases", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=60)
    chosen = parser.parse_args()
    url = os.environ.get("DATABASE_URL", f"{POSTGRESQL}/demo_bench")
    folder = ROOT / "var" / "benchmark"
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    own = {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "DATA_KEY": DATA_KEY,
        "SECRET_KEY": "for the benchmark alone, of no use elsewhere",
        "DEMO_FACES_DIR": str(folder / "no faces"),
    }
    make_database(url, kept | own, chosen.retirees, chosen.cases)
    app = create_app(Settings.read(own))
    services: Services = app.extensions["services"]
    now = services.clock.now()
    with services.transactions() as session:
        size = {
            "retirees": session.scalar(select(func.count(Retiree.id))),
            "tickets": session.scalar(select(func.count(Ticket.id))),
        }
        begun = time.perf_counter()
        count_figures(session, now.year, now=now)
        counting = round(time.perf_counter() - begun, 1)
    print(f"{size}, counting the figures anew: {counting} s")
    print(f"{'':34}{'p50':>8}{'p95':>8}{'SQL p50':>9}{'SQL p95':>9}{'ratio':>8}")
    desks = log_in(app, services)
    gc.collect()
    gc.freeze()  # as deploy/gunicorn.conf.py does before it serves
    measured: dict[str, Any] = {}
    with psycopg.connect(url, autocommit=True) as database:
        for login in LOGINS:
            for page in pages_of(services, login):
                name = f"{login}: {page.name}"
                found = measured[name] = compare(page, desks[login], database, chosen.times)
                late = "" if found["is_within_bar"] else f"  over {page.bar} ms"
                print(
                    f"{name:34}{found['p50_ms']:8}{found['p95_ms']:8}{found['sql_p50_ms']:9}{found['sql_p95_ms']:9}"
                    f"{found['ratio']:8}{late}",
                    flush=True,
                )
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    versions = {name: version(name) for name in ("flask", "sqlalchemy", "psycopg")}
    document = {"machine": machine, "versions": versions, **size, "counting_s": counting, "pages": measured}
    RESULTS.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
