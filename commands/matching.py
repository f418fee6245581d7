"""`flask matching import`: a file of another department. `flask matching explain`: what such files said of somebody."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from tqdm import tqdm

from casework.matching import Chunk, Matcher, begin_import, finish_import, take_chunk
from casework.matching_pairing import digest_numbers
from casework.matching_report import explain, summarise
from casework.matching_rows import SignReader
from casework.matching_sources import SourcesWrong, read_sources
from casework.roster_rows import RowRefused
from clock import local_date
from commands.circles import seldom_collected
from commands.output import json_option, operator, print_json, refusals_printed
from commands.rejects import Rejects
from commands.tables import opened_table
from refusal import Refusal
from services import services
from settings.reader import ROOT
from words.matching import DECISIONS, EXPLAINED, IMPORTED, KINDS, MATCHED_BY, NOTHING_KNOWN, RESUMED, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casework.matching_rows import SignRow
    from casework.matching_sources import SignSource
    from commands.tables import Table
    from models import MatchingImport
    from services import Services

DECLARED = ROOT / "casework" / "matching_sources.yaml"

matching = AppGroup("matching", help="Data of other departments.")


@matching.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Which of the declared sources the file comes from.")
@json_option
def import_matching(file: Path, source: str, *, as_json: bool) -> None:
    """Take a FILE (CSV or XLSX) of another department in; rows that cannot go in are written to FILE.rejected.csv.

    Started again after it was cut off, it goes on where it stopped.
    """
    started = perf_counter()
    with refusals_printed(as_json=as_json):
        declared = _declared(services(), source)
        with (
            opened_table(file, declared.columns, declared.required) as table,
            Rejects(file, table.columns) as rejects,
        ):
            running = _Import(services(), declared, table, rejects)
            resumed_from = running.begin(_digest(file))
            running.run(quiet=as_json)
            seconds = perf_counter() - started
            report = running.report(seconds) | {"resumed_from_line": resumed_from}
    if as_json:
        print_json(report)
        return
    if resumed_from:
        click.echo(RESUMED.format(line=resumed_from))
    click.echo(IMPORTED.format(**report))
    for decision, times in report["decisions"].items():
        click.echo(f"{DECISIONS[decision]}: {times}")
    if report["rejected_file"]:
        click.echo(report["rejected_file"])


@matching.command("explain")
@click.option("--id-number", required=True, help="Whose signs to explain.")
@json_option
def explain_matching(id_number: str, *, as_json: bool) -> None:
    """Say what the files of other departments said of one person, and what followed from each row."""
    at_hand = services()
    with refusals_printed(as_json=as_json), at_hand.transactions() as session:
        told = explain(session, id_number, vault=at_hand.vault, actor=operator(), now=at_hand.clock.now())
    if as_json:
        print_json({"signs": [one.as_dict() for one in told]})
        return
    if not told:
        click.echo(NOTHING_KNOWN)
    for one in told:
        click.echo(
            EXPLAINED.format(
                title=one.title,
                department=one.department,
                day=one.happened_on,
                kind=KINDS[one.kind],
                decision=DECISIONS[one.decision],
                received=local_date(one.received_at),
                line=one.line,
                matched_by=MATCHED_BY[one.matched_by],
            )
        )


class _Import:
    """One file on its way in: reads, checks, and takes a chunk at a time, each lane's part in a transaction of its own.

    Rejected lines follow from the file and the day of the import alone: going on with one that was cut off writes those
    of the chunks before once more, so that the file of them is whole.
    """

    def __init__(self, services: Services, source: SignSource, table: Table, rejects: Rejects) -> None:
        self._services = services
        self._source = source
        self._table = table
        self._rejects = rejects
        self._actor = operator()
        self._made: MatchingImport | None = None
        self._lanes: list[int] = []

    def begin(self, content: str) -> int:
        """Begin, or go on with, the import of this content; return after which line."""
        with self._services.transactions() as session:
            self._made, self._lanes = begin_import(
                session,
                self._source,
                content,
                at_once=self._services.transactions.at_once,
                vault=self._services.vault,
                actor=self._actor,
                now=self._services.clock.now(),
            )
        return min(self._lanes)

    def run(self, *, quiet: bool) -> None:
        """Take everything in; the bar counts lines."""
        made = self._begun()
        first, *others = range(len(self._lanes))
        matcher = Matcher(
            made.id,
            self._source,
            self._services.rules,
            self._services.terms,
            self._services.vault,
            self._actor,
        )
        with (
            seldom_collected(),
            tqdm(total=self._table.length, unit="行", disable=True if quiet else None) as bar,
            ThreadPoolExecutor(max_workers=self._services.transactions.at_once) as lanes,
        ):
            for chunk in _read_ahead(self._chunks()):
                parts = chunk.dealt(len(self._lanes))
                self._take(matcher, parts[first])
                # asked for one after the other: whatever one of them raises ends the import
                list(lanes.map(partial(self._take, matcher), (parts[lane] for lane in others)))
                bar.update(chunk.lines)
        self._rejects.flush()
        with self._services.transactions() as session:
            self._made = finish_import(session, made.id, now=self._services.clock.now())

    def _take(self, matcher: Matcher, part: Chunk) -> None:
        if part.after >= self._lanes[part.lane]:
            with self._services.transactions() as session:
                take_chunk(session, matcher, part, now=self._services.clock.now())

    def report(self, seconds: float) -> dict[str, Any]:
        """Return what became of the lines, those before a cut included."""
        counts = summarise(self._begun())
        return {
            "source": self._source.name,
            "title": self._source.title,
            **counts,
            "rejected_file": str(self._rejects.path) if self._rejects.count else None,
            "elapsed_ms": round(seconds * 1000),
            "rows_per_second": round(counts["read"] / seconds),
        }

    def _begun(self) -> MatchingImport:
        if self._made is None:
            raise RuntimeError("the import was not begun")
        return self._made

    def _chunks(self) -> Iterator[Chunk]:
        """Yield the lines chunk by chunk. Those before a cut end where a lane's last one did."""
        made = self._begun()
        reader = SignReader(self._source, self._table.fields, local_date(made.started_at))
        size = self._services.settings.matching_chunk_rows
        after = 0
        lines = iter(self._table.numbered)
        while some := list(islice(lines, min([size, *(line - after for line in self._lanes if line > after)]))):
            rows: list[tuple[int, SignRow]] = []
            for number, line in some:
                try:
                    rows.append((number, reader.read(line)))
                except RowRefused as refused:
                    self._rejects.add(line, [ROWS[reason] for reason in refused.reasons])
            yield Chunk(after, len(some), len(some) - len(rows), rows, digest_numbers(rows, self._services.vault))
            after += len(some)


def _read_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield chunks, the next one being read while the database is at work on the one before."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield chunk


def _declared(services: Services, name: str) -> SignSource:
    path = services.settings.matching_sources or DECLARED
    try:
        sources = read_sources(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Refusal("file_unreadable", field="source", path=path.name) from None
    except SourcesWrong as wrong:
        raise Refusal("sources_unreadable", field="source", reason=str(wrong)) from None
    if name not in sources:
        raise Refusal("source_unknown", field="source", name=name, known=", ".join(sources))
    return sources[name]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
