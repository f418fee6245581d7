"""`flask demo load`: invented people to try everything with, the first of them with real photographs."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from zlib import crc32

import click
from flask.cli import AppGroup
from sqlalchemy import Engine, select, text
from tqdm import tqdm

from casework.accounts import find_or_open
from casework.passwords import DEMONSTRATION_PASSWORD
from casework.regions import take_over_region
from casework.roster import RosterCounts, take_over
from commands.demo_benefits import give_benefits
from commands.demo_cases import Calendar, CasePlan, add_cases
from commands.demo_indexes import indexes_later
from commands.demo_people import FIRST_KEY, home_of, invent_people, invent_person, invent_places
from commands.demo_photos import PHOTOS_A_PERSON, find_sitters
from commands.demo_staff import add_demonstration_staff, present_code
from commands.output import json_option, operator, print_json, refusals_printed
from commands.photos import PhotoRejected, keep_photo
from models import FaceTemplate, Retiree
from models.account import AccountKind
from models.bulk import look_up_singly
from models.retiree import ID_NUMBER_PURPOSE
from refusal import Refusal
from services import services
from words.demo import DEMO_HINT, DEMO_LOADED, DEMO_LOGINS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from commands.demo_photos import Sitter
    from services import Services

# A multiple of demo_people.RUN: each batch is invented by itself.
BATCH = 4000
_MOST_IN_ONE_PROCESS = 10 * BATCH

demo = AppGroup("demo", help="Demonstration data: every name and number is invented.")


@demo.command("load")
@click.option("--retirees", type=click.IntRange(0, 40_000_000), default=200, show_default=True, help="How many.")
@click.option("--cases", type=click.IntRange(0), help="About how many tickets.  [default: a fifth of the retirees]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, other people.")
@click.option("--yes", is_flag=True, help="Also where ENVIRONMENT=production; staff and cases are left out there.")
@click.option("--if-empty", is_flag=True, help="Only into a database without people.")
@json_option
def load(retirees: int, cases: int | None, seed: int, *, yes: bool, if_empty: bool, as_json: bool) -> None:
    """Load demonstration data; what is there already is left alone."""
    at_hand = services()
    with refusals_printed(as_json=as_json):
        if at_hand.settings.in_production and not yes:
            raise Refusal("not_in_production")
        if if_empty and not _is_empty(at_hand):
            if as_json:
                print_json({"people": 0, "with_photo": 0, "tickets": 0, "logins": [], **RosterCounts().as_dict()})
            return
        _load_places(at_hand, retirees)
    counts = RosterCounts()
    sitters = find_sitters(at_hand.settings.demo_faces_dir)
    photographed = [
        invent_person(sitter.key, name=sitter.name, hint=DEMO_HINT.format(key=sitter.key)) for sitter in sitters
    ]
    numbered = [(f"44{crc32(one.identity.text.encode()):010d}", one) for one in photographed]
    with at_hand.transactions() as session:
        counts.include(_take_over(at_hand, session, photographed))
        give_benefits(session, numbered, vault=at_hand.vault, now=at_hand.clock.now())
    logins: list[str] = []
    plan: CasePlan | None = None
    if not at_hand.settings.in_production:
        share = (retirees // 5 if cases is None else cases) / max(retirees, 1)
        logins, plan = _plan_cases(at_hand, share, seed)
    # the people before the photographs: processes are made while nothing else runs in this one
    tickets = 0
    with tqdm(total=retirees, unit="人", disable=True if as_json else None) as bar:
        for people, some, opened in _load_people(at_hand, retirees, seed, plan):
            counts.include(some)
            tickets += opened
            bar.update(people)
    with_photo = 0
    for sitter, row in zip(tqdm(sitters, unit="张", disable=True if as_json else None), photographed, strict=True):
        with_photo += _give_photos(at_hand, sitter, row)
    report = {
        "people": len(sitters) + retirees,
        "with_photo": with_photo,
        **counts.as_dict(),
        "tickets": tickets,
        "logins": logins,
    }
    if as_json:
        print_json(report)
        return
    click.echo(DEMO_LOADED.format(**report))
    if logins:
        click.echo(DEMO_LOGINS.format(logins=" ".join(logins), password=DEMONSTRATION_PASSWORD))


@demo.command("code")
@json_option
def code(*, as_json: bool) -> None:
    """Print the present one-time password of the demonstration logins."""
    at_hand = services()
    with refusals_printed(as_json=as_json):
        if at_hand.settings.in_production:
            raise Refusal("demo_logins_in_production")
    present = present_code(at_hand.clock.now())
    if as_json:
        print_json({"code": present})
    else:
        click.echo(present)


def _plan_cases(services: Services, share: float, seed: int) -> tuple[list[str], CasePlan]:
    """Add the staff and the account that the cases need; return the logins and what the cases are drawn by."""
    now = services.clock.now()
    with services.transactions() as session:
        staff = add_demonstration_staff(session, home_of(FIRST_KEY), actor=operator(), now=now)
        account = find_or_open(session, AccountKind.DEVELOPMENT, "demonstration", vault=services.vault, now=now)
        # of two in one region the first: officers before the agency and the auditor
        regions = {one.region_code: one.id for one in reversed(staff)}
        plan = CasePlan(services.rules, services.terms, regions, account.id, share, seed, now)
    return [one.login for one in staff], plan


def _load_people(
    services: Services, retirees: int, seed: int, plan: CasePlan | None
) -> Iterator[tuple[int, RosterCounts, int]]:
    """Load batch after batch, many of them in several processes; yield how many people, what became of them, tickets.

    Sealing and digests cost this process more than the writing costs PostgreSQL; SQLite lets one write at a time.
    """
    batches = [(first, min(BATCH, retirees - first)) for first in range(0, retirees, BATCH)]
    loader = _Loader(services, seed, plan)
    engine = services.database
    if retirees <= _MOST_IN_ONE_PROCESS or not (isinstance(engine, Engine) and engine.dialect.name == "postgresql"):
        yield from map(loader.load, batches)
        return
    context = multiprocessing.get_context("fork")  # what was made of the settings goes along
    # one more than there are: while one waits for PostgreSQL another works
    with indexes_later(engine):
        engine.dispose()  # no connection lives in two processes
        with context.Pool((os.cpu_count() or 1) + 1, _install_loader, (loader,)) as pool:
            yield from pool.imap_unordered(_load_in_process, batches)
    with services.transactions() as session:
        session.execute(text("ANALYZE"))  # else the first queries are planned for empty tables


class _Loader:
    """Loads batches of invented people with their cases, each in a transaction."""

    def __init__(self, services: Services, seed: int, plan: CasePlan | None) -> None:
        self._services, self._seed, self._plan = services, seed, plan
        self._calendar = None if plan is None else Calendar(plan)

    def load(self, batch: tuple[int, int]) -> tuple[int, RosterCounts, int]:
        """Load so many people from that place on."""
        first, count = batch
        people = list(invent_people(count, self._seed, first))
        numbered = [(f"43{self._seed:02d}{place:08d}", one) for place, one in enumerate(people, start=first)]
        tickets = 0
        with self._services.transactions() as session:
            look_up_singly(session)
            counts = _take_over(self._services, session, people)
            give_benefits(session, numbered, vault=self._services.vault, now=self._services.clock.now())
            if self._plan is not None and self._calendar is not None:
                placed = list(enumerate(people, start=first))
                are_new = counts.added == count
                tickets = add_cases(
                    session, self._plan, self._calendar, placed, vault=self._services.vault, are_new=are_new
                )
        return count, counts, tickets


_loader: list[_Loader] = []


def _install_loader(loader: _Loader) -> None:
    _loader[:] = [loader]


def _load_in_process(batch: tuple[int, int]) -> tuple[int, RosterCounts, int]:
    return _loader[0].load(batch)


def _load_places(services: Services, retirees: int) -> None:
    with services.transactions() as session:
        for region in invent_places(retirees):
            take_over_region(session, region)


def _take_over(services: Services, session: Session, rows: Sequence[RosterRow]) -> RosterCounts:
    return take_over(
        session,
        rows,
        clock=services.rules.clock,
        vault=services.vault,
        actor=operator(),
        now=services.clock.now(),
        is_demonstration=True,
    )


def _give_photos(services: Services, sitter: Sitter, row: RosterRow) -> bool:
    """Register photographs of the sitter, unless there are some; return whether the retiree has one now."""
    with services.transactions() as session:
        retiree_id = session.scalars(
            select(Retiree.id).where(
                Retiree.id_number_index == services.vault.blind_index(row.identity.text, ID_NUMBER_PURPOSE)
            )
        ).one()
        if session.scalar(select(FaceTemplate.id).where(FaceTemplate.retiree_id == retiree_id).limit(1)):
            return True
    kept = 0
    for photo in sitter.photos():
        with suppress(PhotoRejected):  # another one of the same person may do
            keep_photo(photo, services.faces.measure_photo(photo), retiree_id, services, services.clock.now())
            kept += 1
        if kept == PHOTOS_A_PERSON:
            break
    return kept > 0


def _is_empty(services: Services) -> bool:
    with services.transactions() as session:
        return session.scalar(select(Retiree.id).limit(1)) is None
