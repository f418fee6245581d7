"""A city's rush on one machine: `python -m benchmarks.load [SECONDS] [PEOPLE]`.

100 people certify at the same time by the pictures of a real clip, 100 chat messages come a second, five of staff look
through the console, on PostgreSQL (TEST_POSTGRESQL_URL), a Redis of its own as broker, a gunicorn, two Celery workers
and their clock. First people alone (what a certification costs, and of what it is made), then everything together.
Whoever asks is a process of its own on the same cores. Results: benchmarks/results/load.json.

The engine's own cost is the CPU of the face workers, in which pictures are decoded, looked at and judged; beside it
stands that of every other process of the service from the first request to the last answer, also for whoever was only
told to wait, and what the clock and the workers spend by themselves. The database's is a lower bound: what a connection
cost that was closed meanwhile is not seen any more. Certifications a minute are those that ended while people came.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it brings no types
from sqlalchemy import Engine, select

from api.guards import STAFF_COOKIE
from app import create_app
from benchmarks.callbacks import database, percentile, write_requests
from benchmarks.certifications import prepare, read_frames
from benchmarks.load_people import everybody
from casework.accounts import open_account
from certification.consents import give_consent
from models import Retiree, schema
from models.account import AccountKind, Relation
from models.audit import Actor, ActorKind
from services import NAME
from settings import Settings
from tests.brokers import own_redis
from tests.city import PARTS, City
from tests.staff import add_staff_cast, sit_down

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "load.json"
ACTOR = Actor(ActorKind.SYSTEM, "benchmark")
CHAT_A_SECOND = 100
STAFF = 5
# Everybody comes from one address here, which no city's people do.
LIMITS = {"RATE_LIMIT_ADDRESS": "1000000", "RATE_LIMIT_ACCOUNT": "1000000"}
WORKERS = {"FACE_WORKERS": "2", "FACE_WORKER_MEMORY_MB": "2048"}


def settle_in(city: City, people: int) -> dict[str, Any]:
    """Fill the database and return who asks: people with accounts, staff with logins."""
    app = create_app(Settings.read(city.environ))
    services = app.extensions[NAME]
    if not isinstance(services.database, Engine):
        raise TypeError
    schema.upgrade(services.database)
    prepare(services, people)
    now = services.clock.now()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # the default one has it
    asking = []
    with services.transactions() as session:
        for retiree in session.scalars(select(Retiree).limit(people)).all():
            how = {"vault": services.vault, "actor": ACTOR, "now": now}
            kind = AccountKind.DEVELOPMENT
            account = open_account(session, retiree, Relation.SELF, kind, str(retiree.id), **how)
            give_consent(session, account, retiree, actor=ACTOR, now=now)
            asking.append((str(retiree.id), f"session={signer.dumps({'account_id': str(account.id)})}"))
        staff = add_staff_cast(session, ("city",))["city"]
    logins = []
    for _ in range(STAFF):
        cookie = sit_down(app, services.transactions, staff, now).client.get_cookie(STAFF_COOKIE)
        logins.append(f"{STAFF_COOKIE}={cookie.value if cookie else ''}")
    services.faces.close()
    services.database.dispose()
    return {"people": asking, "staff": logins, "frames": read_frames()}


def usage(city: City) -> dict[str, tuple[float, float]]:
    """Return CPU seconds and resident megabytes so far, by part; a face worker is known by how it was started."""
    found = {"faces": [0.0, 0.0], "web": [0.0, 0.0], "workers": [0.0, 0.0]}
    for name, process in city.parts.items():
        parent = psutil.Process(process.pid)
        for one in [parent, *parent.children(recursive=True)]:
            try:
                times, command = one.cpu_times(), " ".join(one.cmdline())
                part = "faces" if "spawn_main" in command else "web" if name == "web" else "workers"
                found[part][0] += times.user + times.system
                if part == "web":
                    # those replaced meanwhile: what they spent is known to whoever waited for their end
                    found["faces"][0] += times.children_user + times.children_system
                found[part][1] += one.memory_info().rss / 2**20
            except psutil.NoSuchProcess:
                continue
    found["database"] = [0.0, 0.0]
    for one in psutil.process_iter(["name", "cmdline"]):
        if one.info["name"] == "postgres" and city.database_url.rpartition("/")[2] in " ".join(one.info["cmdline"]):
            times = one.cpu_times()
            found["database"][0] += times.user + times.system
    return {part: (cpu, memory) for part, (cpu, memory) in found.items()}


def measure(city: City, plan: dict[str, Any]) -> dict[str, Any]:
    """Let everybody ask and return the figures."""
    context = multiprocessing.get_context("spawn")
    telling = context.Queue()
    before = usage(city)
    asking = context.Process(target=everybody, args=(city.port, plan, telling))
    asking.start()
    seconds, told = telling.get()
    after = usage(city)
    spent = {part: after[part][0] - before[part][0] for part in after}
    asking.join()
    done = told["outcomes"].get("certified", 0)
    fives = sum(count for counts in told["statuses"].values() for status, count in counts.items() if status >= 500)
    server = spent["faces"] + spent["web"] + spent["workers"]
    whole = server + spent["database"]
    return {
        "seconds": round(seconds, 1),
        "outcomes": told["outcomes"],
        "certified_a_minute": round(60 * told["certified_in_time"] / plan["seconds"], 1),
        "answers_5xx": fives,
        "answers_none": sum(counts.get(0, 0) for counts in told["statuses"].values()),
        "told_to_wait": len(told["waits"]),
        "longest_wait_told_seconds": max(told["waits"], default=0),
        "ms": {
            kind: {name: percentile(taken, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
            for kind, taken in told["taken"].items()
        },
        "requests": {kind: len(taken) for kind, taken in told["taken"].items()},
        "cpu_seconds": {part: round(cpu, 1) for part, cpu in spent.items()},
        "cpu_seconds_a_certification": {part: round(cpu / done, 3) for part, cpu in spent.items()} if done else None,
        "engines_share_of_the_servers_cpu": round(spent["faces"] / server, 3) if server else None,
        "engines_share_with_the_database": round(spent["faces"] / whole, 3) if whole else None,
        "memory_mb": {part: round(memory) for part, (_cpu, memory) in after.items()},
    }


def main() -> None:
    """Measure, print and keep."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    people = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    PARTS["web"][-1] = "benchmarks.load_app:create()"
    PARTS["worker"][3] = PARTS["beat"][3] = "deploy.worker"
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, database("postgresql", Path(name)) as url:
        if url is None:
            sys.exit("PostgreSQL is not reachable (TEST_POSTGRESQL_URL)")
        folder = Path(name)
        with own_redis(folder) as broker:
            city = City(folder, url, {"BROKER_URL": broker.url, **LIMITS, **WORKERS})
            plan = settle_in(city, 2 * people)
            try:
                city.start("web", "worker", "beat")
                time.sleep(5)
                quiet = plan | {"seconds": seconds, "chat_a_second": 0, "messages": [], "staff": []}
                figures["people_alone"] = measure(city, quiet | {"people": plan["people"][:people]})
                print(json.dumps(figures["people_alone"]), flush=True)
                messages = write_requests(folder, CHAT_A_SECOND * seconds, city.environ)
                rush = plan | {"seconds": seconds, "chat_a_second": CHAT_A_SECOND, "messages": messages}
                figures["everything"] = measure(city, rush | {"people": plan["people"][people:]})
                print(json.dumps(figures["everything"]), flush=True)
            finally:
                city.stop()
    machine = {"cores": len(os.sched_getaffinity(0)), "python": platform.python_version(), "load": os.getloadavg()}
    RESULTS.write_text(json.dumps({"machine": machine, **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
