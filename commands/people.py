"""`flask people import`: a roster, and the photographs that belong to it. `flask people index`: how they are found."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from tqdm import tqdm

from casework.namesakes import Named, change_names
from casework.roster import RosterCounts, known_regions, take_over
from casework.roster_rows import RowRefused, read_row
from casework.search_index import address_tokens, initials_index, initials_of, name_index
from certification.certify import repeat_standing
from clock import local_date
from commands.output import json_option, operator, print_json, refusals_printed
from commands.photos import PhotoCounts, import_photos
from commands.rejects import Rejects
from commands.tables import opened_table
from models import AddressToken, Retiree
from models.retiree import InsuredKind
from policy import identity_number
from refusal import Refusal
from services import services
from words import (
    PEOPLE_IMPORTED,
    PEOPLE_INDEXED,
    PHOTOS_IMPORTED,
    ROSTER,
    ROSTER_HEADINGS,
    ROSTER_KINDS,
    ROSTER_WARNINGS,
)

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from commands.tables import Table
    from models.region import RegionLevel
    from services import Services

BATCH = 4000
_INDEX_BATCH = 1000

people = AppGroup("people", help="The people on the roster.")

_KINDS = {text: InsuredKind(kind) for kind, texts in ROSTER_KINDS.items() for text in (kind, *texts)}


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--photos", type=click.Path(path_type=Path), help="A folder of photographs named IDENTITY-NUMBER.jpg.")
@json_option
def import_people(file: Path, photos: Path | None, *, as_json: bool) -> None:
    """Take a roster over from FILE (CSV or XLSX); lines that cannot go in are written to FILE.rejected.csv."""
    started = perf_counter()
    with refusals_printed(as_json=as_json):
        if photos is not None and not photos.is_dir():
            raise Refusal("file_not_found", field="photos", path=photos.name)
        regions = _regions(services())
        with (
            opened_table(file, ROSTER_HEADINGS, ("id_number", "name")) as table,
            Rejects(file, table.columns) as rejects,
        ):
            roster = _Import(services(), table, rejects, regions)
            roster.run(quiet=as_json)
            seconds = perf_counter() - started
            photo_counts = None
            if photos is not None:
                photo_counts = import_photos(photos, services(), rejects, table.fields, quiet=as_json)
            report = roster.report(seconds)
    if as_json:
        print_json(report | ({} if photo_counts is None else {"photos": photo_counts.as_dict()}))
    else:
        _tell(report, photo_counts)


@people.command("index")
@json_option
def index_people(*, as_json: bool) -> None:
    """Write anew by what people are found and where they stand: after an upgrade or a change of the rules."""
    at_hand = services()
    counts = {"people": 0, "changed": 0}
    with refusals_printed(as_json=as_json):
        with at_hand.transactions() as session:
            total = session.scalar(select(func.count(Retiree.id)))
        last: uuid.UUID | None = None
        with tqdm(total=total, unit="人", disable=True if as_json else None) as bar:
            while True:
                with at_hand.transactions() as session:
                    some = select(Retiree).order_by(Retiree.id).limit(_INDEX_BATCH).with_for_update()
                    batch = session.scalars(some if last is None else some.where(Retiree.id > last)).all()
                    counts["people"] += len(batch)
                    counts["changed"] += _index(session, batch, at_hand)
                bar.update(len(batch))
                if len(batch) < _INDEX_BATCH:
                    break
                last = batch[-1].id
    if as_json:
        print_json(counts)
    else:
        click.echo(PEOPLE_INDEXED.format(**counts, unchanged=counts["people"] - counts["changed"]))


def _index(session: Session, batch: Sequence[Retiree], services: Services) -> int:
    """Bring the digests and the standing of these people up to date; return of how many anything changed."""
    rows = session.execute(
        select(AddressToken.retiree_id, AddressToken.token).where(
            AddressToken.retiree_id.in_([retiree.id for retiree in batch])
        )
    )
    tokens: dict[uuid.UUID, set[int]] = {}
    for retiree_id, token in rows:
        tokens.setdefault(retiree_id, set()).add(token)
    named = [_named(retiree, services) for retiree in batch]
    changed = change_names(session, named, services.vault)
    for retiree in batch:
        before = _standing_of(retiree)
        retiree.name_index = name_index(retiree.name, services.vault)
        retiree.initials_index = initials_index(initials_of(retiree.name), services.vault)
        repeat_standing(session, retiree, services.rules)
        if _standing_of(retiree) != before:
            changed.add(retiree.id)
        wanted = address_tokens(retiree.address, services.vault) if retiree.address else frozenset()
        if tokens.get(retiree.id, set()) != wanted:
            changed.add(retiree.id)
            session.execute(delete(AddressToken).where(AddressToken.retiree_id == retiree.id))
            if wanted:
                written = [{"token": token, "retiree_id": retiree.id} for token in wanted]
                session.execute(insert(AddressToken), written)
    return len(changed)


def _named(retiree: Retiree, services: Services) -> Named:
    identity = identity_number.read(retiree.id_number, today=local_date(services.clock.now()))
    return Named(retiree.id, retiree.name, identity.birthday)


def _standing_of(retiree: Retiree) -> tuple[Any, ...]:
    return (
        retiree.name_index,
        retiree.initials_index,
        retiree.certified_until,
        retiree.certified_by,
        retiree.due_by,
    )


class _Import:
    """One roster on its way in: reads, checks, and writes a batch at a time, each in a transaction of its own."""

    def __init__(self, services: Services, table: Table, rejects: Rejects, regions: dict[str, RegionLevel]) -> None:
        self._services = services
        self._table = table
        self._rejects = rejects
        self._regions = regions
        self._now: datetime = services.clock.now()
        self._seen: set[int] = set()
        self._actor = operator()
        self.counts = RosterCounts()
        self.warnings: Counter[str] = Counter()
        self.read = 0
        self.rejected_rows = 0

    def run(self, *, quiet: bool) -> None:
        """Take everything over; the bar counts lines."""
        rows = self._good_rows()
        with tqdm(total=self._table.length, unit="行", disable=True if quiet else None) as bar:
            while batch := list(islice(rows, BATCH)):
                self.counts.include(self._take_over(batch))
                bar.update(self.read - bar.n)

    def _take_over(self, batch: Sequence[RosterRow]) -> RosterCounts:
        parts = self._services
        try:
            with parts.transactions() as session:
                return take_over(
                    session, batch, clock=parts.rules.clock, vault=parts.vault, actor=self._actor, now=self._now
                )
        except IntegrityError:
            # somebody else brought one of these people in between the look and the writing
            raise Refusal("imported_beside", field="file") from None

    def report(self, seconds: float) -> dict[str, Any]:
        """Return what became of the lines."""
        return {
            "read": self.read,
            **self.counts.as_dict(),
            "rejected": self.rejected_rows,
            "rejected_file": str(self._rejects.path) if self._rejects.count else None,
            "warnings": dict(self.warnings),
            "elapsed_ms": round(seconds * 1000),
            "rows_per_second": round(self.read / seconds),
        }

    def _good_rows(self) -> Iterator[RosterRow]:
        today = local_date(self._now)
        for line in self._table.lines:
            self.read += 1
            try:
                row = read_row(self._table.by_field(line), regions=self._regions, kinds=_KINDS, today=today)
            except RowRefused as refused:
                self._reject(line, refused.reasons)
                continue
            number = int(row.identity.text[:17])  # the 18th follows from these
            if number in self._seen:
                self._reject(line, ("twice_in_file",))
                continue
            self._seen.add(number)
            self.warnings.update(row.warnings)
            yield row

    def _reject(self, line: Sequence[str], reasons: Sequence[str]) -> None:
        self.rejected_rows += 1
        self._rejects.add(line, [ROSTER[reason] for reason in reasons])


def _regions(services: Services) -> dict[str, RegionLevel]:
    with services.transactions() as session:
        return known_regions(session)


def _tell(report: dict[str, Any], photos: PhotoCounts | None) -> None:
    click.echo(PEOPLE_IMPORTED.format(**report))
    for code, times in report["warnings"].items():
        click.echo(f"{ROSTER_WARNINGS[code]}: {times}")
    if photos is not None:
        click.echo(PHOTOS_IMPORTED.format(**photos.as_dict()))
    if report["rejected_file"]:
        click.echo(report["rejected_file"])
