"""The table of figures and the lists behind them as files: CSV for any program, XLSX for a spreadsheet.

A file is written to the disk first, row by row, and sent from there: no transaction waits for a slow network, and no
file is ever whole in memory.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from flask import Blueprint, send_file

import words.figures as labels
from api.console.figure_rows import figure_values, people_rows
from api.console.figures import HEADINGS, case_rows, name_region, read_asked, read_cases, read_people
from api.guards import current_actor, current_staff, staff_only
from casework.figure_lists import begin_export, walk_people
from casework.figures import find_scope, read_figures
from casework.scope import regions_below
from casework.spreadsheets import defuse
from clock import LOCAL_ZONE
from models.audit import record
from refusal import Refusal
from services import services
from words.protection import EXPORT_MARK

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator, Sequence

    from flask import Response
    from sqlalchemy.orm import Session

    from api.console.figure_rows import Value
    from casework.figure_lists import CasesAsked

exports = Blueprint("console_figure_exports", __name__, url_prefix="/staff/figures")
exports.before_request(staff_only)

_CSV, _XLSX = "csv", "xlsx"
MARK_PURPOSE, _MARK_SIGNS = "exports.mark", 8
_TYPES = {_CSV: "text/csv", _XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@exports.get("/export.<string:form>")
def export_table(form: str) -> Response:
    """Give the table of a region as a file."""
    _check(form)
    asked, now = read_asked(), services().clock.now()
    with services().transactions() as session:
        found = read_figures(session, current_staff(), asked.region, year=asked.year, alone=asked.alone, now=now)
    rows = [(name_region(line.name, alone=line.alone), line.numbers) for line in found.lines]
    rows.append((name_region(found.region.name, alone=asked.alone) if found.is_live else labels.TOTAL, found.numbers))
    values: list[list[Value]] = [[name, *figure_values(numbers).values()] for name, numbers in rows]
    return _give([labels.REGION, *labels.COLUMNS.values()], values, form, f"figures-{asked.region}-{asked.year}")


@exports.get("/people.<string:form>")
def export_people(form: str) -> Response:
    """Give a list of people, masked, as a file; who took it is written down."""
    _check(form)
    asked, wanted = read_people()
    staff, now = current_staff(), services().clock.now()
    with services().transactions() as session:
        _region, scope = find_scope(session, staff, asked.region, alone=asked.alone)
        wanted = replace(wanted, scope=scope, after=None)
        begin_export(session, staff, wanted, actor=current_actor(), now=now)
        names = {one.code: one.name for one in regions_below(session, staff)}
        people = walk_people(session, staff, wanted, now=now)
        rows = ([cell.value for cell in people_rows([one], names)[0]] for one in people)
        return _give_marked(labels.PEOPLE_HEADINGS, rows, form, f"people-{asked.region}-{asked.year}")


@exports.get("/cases/<string:kind>.<string:form>")
def export_cases(kind: str, form: str) -> Response:
    """Give the visits, closed tickets or face sessions of one owner as a file; who took it is written down."""
    _check(form)
    asked, wanted = read_cases(kind)
    with services().transactions() as session:
        _region, scope = find_scope(session, current_staff(), asked.region, alone=asked.alone)
        wanted = replace(wanted, scope=scope, after=None)
        rows = _walk_cases(session, kind, wanted, reason=f"{asked.region} {asked.year}")
        return _give_marked(HEADINGS[kind], rows, form, f"{kind}-{asked.region}-{asked.year}")


def _walk_cases(session: Session, kind: str, wanted: CasesAsked, *, reason: str) -> Iterator[list[Value]]:
    everybody: list[uuid.UUID] = []
    while True:
        rows, last, shown = case_rows(session, current_staff(), kind, wanted)
        everybody += shown
        yield from ([cell.value for cell in row] for row in rows)
        if last is None:
            break
        wanted = replace(wanted, after=last)
    now, staff = services().clock.now(), current_staff()
    record(session, current_actor(), f"{kind}.export", staff, now=now, reason=reason, shown=everybody)


def _give_marked(headings: Sequence[str], rows: Iterable[Sequence[Value]], form: str, name: str) -> Response:
    """Answer with a list of people, each line marked with who took it and when, so that a leaked one tells.

    The last eight signs follow from the others and our key: a mark that names somebody else is known for a wrong one.
    """
    taken = f"{current_staff().login} {services().clock.now().astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}"
    mark = f"{taken} {services().vault.blind_index(taken, MARK_PURPOSE)[:_MARK_SIGNS]}"
    return _give([*headings, EXPORT_MARK], ([*row, mark] for row in rows), form, name)


def _check(form: str) -> None:
    if form not in _TYPES:
        raise Refusal("not_found")


def _give(headings: Sequence[str], rows: Iterable[Sequence[Value]], form: str, name: str) -> Response:
    """Write the rows into a file without a name on the disk and answer with it."""
    rest = iter(rows)
    first = list(islice(rest, 1))  # whoever may not see them hears it before a file is begun
    file = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 - the answer closes it when it was sent
    lines = ([defuse(value) for value in row] for row in chain([headings], first, rest))
    if form == _CSV:
        # the mark at the beginning tells spreadsheets that this is UTF-8
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        csv.writer(text).writerows(lines)
        text.detach()
    else:
        from openpyxl import Workbook  # noqa: PLC0415 - 36 MB that only spreadsheets need

        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for line in lines:
            sheet.append(line)
        book.save(file)
    file.seek(0)
    answer = send_file(file, mimetype=_TYPES[form], as_attachment=True, download_name=f"{name}.{form}")
    answer.headers["Cache-Control"] = "no-store"
    return answer
