"""A year day by day for 20,000 invented retirees: `.venv/bin/python -m benchmarks.year [--retirees N]`.

Deaths told in time, late or never; people who certify early, late or not, whose face fails, who move, are in prison,
are said to be dead by mistake; files of other departments, taken in by the command; staff who visit, call, verify and
decide once a week. Everything goes through the use cases and the night run; the payment files are read as the paying
system reads them. Counted against what really happened, which only this program knows:

wrongful suspensions: months owed and not paid, that of a death included, but for those that a suspension for a missing
certification leaves unpaid which was decided with no case open and after somebody had tried to reach the person, who
is not certified, or whose resumption waits for the weekly decision. Whoever is paid again has to get every month since
by that file, to the cent. Months that staff left unpaid because they believed
a wrong report of a death are counted apart, and as wrongful too once the person had said to be alive in time for it;
that each is paid back to the cent is checked by the payment files. And months paid for people who were dead, by how
their deaths became known. Writes docs/img/benefits-year.svg and the table between the marks in docs/benefits.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from app import create_app
from benchmarks.year_chart import write_document
from benchmarks.year_count import Ledger
from benchmarks.year_faces import say_alive, tell_death, try_face
from benchmarks.year_files import plan_files
from benchmarks.year_staff import decide_alive_cases, decide_proposals, find_mistake, record_move, work
from benchmarks.year_town import settle
from benchmarks.year_world import NIGHT_RUN, HandClock, World
from casework.night_run import prepare, sweep
from models import OutboxMessage, schema
from models.outbox import OutboxStatus
from models.session import open_database
from policy.working_days import first_working_day
from services import NAME
from settings import Settings

if TYPE_CHECKING:
    from benchmarks.year_lives import Life
    from benchmarks.year_world import Tally

YEAR = 2025
FIRST, LAST = date(YEAR, 1, 1), date(YEAR + 1, 3, 31)
_CLOSES_ON, _WEDNESDAY = 12, 2
_TRIES_WHEN_REMINDED = 0.5


def main() -> None:
    """Simulate, count, write chart and table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retirees", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = perf_counter()
    folder = Path(tempfile.mkdtemp())
    try:
        tally = live(folder, given.retirees, given.seed)
    finally:
        shutil.rmtree(folder)
    write_document(tally, given.retirees)
    print(json.dumps({"seconds": round(perf_counter() - started), **vars(tally)}, indent=2))


def live(folder: Path, retirees: int, seed: int) -> Tally:
    """Go through the year and the three months after it, in which what is overdue is decided."""
    world = _begin(folder, retirees, seed)
    departments = plan_files(folder / "files", world.lives, seed, until=LAST)
    ledger = Ledger(folder / "payments")
    works_on = {first_working_day(day) for day in _days() if day.weekday() == _WEDNESDAY}
    for day in _days():
        world.begin_day(day)
        _night(world)
        world.clock.turn_to(day, 8)
        departments.send(world)
        world.clock.turn_to(day, 10)
        for what, life in world.diary.pop(day, ()):
            _happen(world, what, life)
        world.clock.turn_to(day, 11)
        _deliver(world)
        world.clock.turn_to(day, 14)
        if day in works_on:
            work(world)
        world.clock.turn_to(day, 16)
        decide_alive_cases(world)
        if day in works_on:
            decide_proposals(world)
        if day.day == _CLOSES_ON:
            world.clock.turn_to(day, 18)
            ledger.close(world)
    ledger.check(world)
    return world.tally


def _begin(folder: Path, retirees: int, seed: int) -> World:
    """Make the application, as an operator has it but for its clock, and the town."""
    settings = Settings.read({"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'year.sqlite3'}"})
    engine = open_database(settings.database_url)
    schema.upgrade(engine)
    clock = HandClock()
    clock.turn_to(FIRST, 0)
    app = create_app(settings, clock=clock, database=engine)
    services = app.extensions[NAME]
    lives, staff, tellers = settle(services, retirees, seed, year=YEAR, now=clock.now())
    world = World(app, services, clock, seed, lives, staff, tellers)
    for life in lives:
        told = life.wrong is not None and life.wrong.way == "told"
        for what, day in (
            ("certify", life.certifies_on if life.certifies == "self" else None),
            ("death", life.known_on),
            ("wrong", life.wrong.on if life.wrong is not None and told else None),
            ("move", life.moves_on),
        ):
            if day is not None:
                world.diary[day].append((what, life))
    return world


def _days() -> list[date]:
    return [FIRST + timedelta(days=one) for one in range((LAST - FIRST).days + 1)]


def _happen(world: World, what: str, life: Life) -> None:
    match what:
        case "certify":
            try_face(world, life)
        case "death" if life.dies_on is not None:
            tell_death(world, life, life.dies_on)
        case "wrong" if life.wrong is not None:
            tell_death(world, life, life.wrong.died_on)
        case "alive" if life.wrong is not None and life.wrong.reversed_on is None:
            say_alive(world, life)
        case "mistake":
            find_mistake(world, life)
        case "move":
            record_move(world, life)


def _night(world: World) -> None:
    night = prepare(
        world.transactions,
        world.today,
        rules=world.services.rules,
        benefit_terms=world.services.benefit_terms,
        terms=world.services.terms,
        vault=world.services.vault,
        actor=NIGHT_RUN,
        now=world.now,
    )
    world.tally.nights.update(sweep(world.transactions, night))


def _deliver(world: World) -> None:
    """Let the day's messages arrive, and whoever acts on a reminder try by face."""
    waiting = OutboxMessage.status == OutboxStatus.WAITING
    with world.transactions() as session:
        arrived = session.execute(select(OutboxMessage.retiree_id, OutboxMessage.notice).where(waiting)).all()
        if arrived:
            session.execute(update(OutboxMessage).where(waiting).values(status=OutboxStatus.SENT, ended_at=world.now))
    for retiree_id, notice in arrived:
        if retiree_id is None or not notice.startswith("certify_"):
            continue
        life = world.by_id[retiree_id]
        world.try_to_reach(life)
        if life.certifies == "reminded" and world.happens(_TRIES_WHEN_REMINDED, life, "reminded"):
            try_face(world, life)


if __name__ == "__main__":
    main()
