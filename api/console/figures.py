"""The supervisors' figures: a region and those one level below, the lists behind each number, who may miss the day."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for

import words.figures as labels
from api.console.figure_rows import (
    Cell,
    channel_chart,
    closed_rows,
    face_rows,
    figure_values,
    name_part,
    people_rows,
    rate_chart,
    visit_rows,
    write_value,
)
from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.figure_conditions import Dimension, Faces, FigureScope, People
from casework.figure_lists import PAGE, CasesAsked, PeopleAsked, list_closed, list_faces, list_people, list_visits
from casework.figure_risks import MOST_LISTED, list_risks
from casework.figures import (
    FIRST_YEAR,
    check_year,
    claim_count,
    count_figures,
    find_scope,
    path_to,
    read_figures,
    visits_by_staff,
)
from clock import local_date
from models import Region
from models.certification import Channel
from models.region import RegionLevel
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from casework.figures import Numbers, RegionFigures
    from models import Staff

figures = Blueprint("console_figures", __name__, url_prefix="/staff/figures")
figures.before_request(staff_only)

# Whoever asks for a new count within so long is shown the last one.
AT_MOST_EVERY = timedelta(minutes=1)
VISITS, CLOSED, FACES = "visits", "closed", "faces"
HEADINGS = {VISITS: labels.VISIT_HEADINGS, CLOSED: labels.CLOSED_HEADINGS, FACES: labels.FACE_HEADINGS}


@dataclass(frozen=True)
class Asked:
    """Which region and year the address names; without them one's own and the present one."""

    region: str
    alone: bool
    year: int

    @property
    def query(self) -> dict[str, Any]:
        """The same for another address."""
        return {"region": self.region, "alone": "1" if self.alone else None, "year": self.year}


@figures.get("")
def show_figures() -> str:
    """Show the figures of a region: totals, the table of those below, charts."""
    asked, now, staff = read_asked(), services().clock.now(), current_staff()
    with services().transactions() as session:
        found = read_figures(session, staff, asked.region, year=asked.year, alone=asked.alone, now=now)
        path = path_to(session, staff, found.region)
        visitors = visits_by_staff(session, found.scope, asked.year) if found.is_live else []
    today_year = local_date(now).year
    return page(
        "figures.html",
        labels=labels,
        zip_cells=lambda cells: zip(labels.COLUMNS.values(), cells, strict=True),
        asked=asked,
        found=found,
        path=path,
        is_community=found.region.level is RegionLevel.COMMUNITY,
        title=name_region(found.region.name, alone=asked.alone),
        years=range(today_year, FIRST_YEAR - 1, -1),
        totals=_cells(found.numbers, asked, is_owner=found.is_live, is_now=asked.year == today_year),
        lines=_lines(found, asked, is_now=asked.year == today_year),
        visitors=visitors,
        channel_chart=channel_chart(found.numbers),
        faces=[_face_part(found, dimension, asked) for dimension in Dimension],
        is_busy="busy" in request.args,
    )


@figures.post("")
def count_again() -> Response:
    """Count the year anew, unless somebody does so now or did within the last minute."""
    parts, now, staff = services(), services().clock.now(), current_staff()
    asked = read_asked(typed)
    with parts.transactions() as session:
        find_scope(session, staff, asked.region, alone=asked.alone)
        is_mine = claim_count(session, asked.year, fresh_for=AT_MOST_EVERY, now=now)
    if is_mine:
        with parts.transactions() as session:
            count_figures(session, asked.year, now=now)
    return back_to(url_for("console_figures.show_figures", **asked.query, busy=None if is_mine else "1"))


@figures.get("/people")
def show_people() -> str:
    """Show the retirees behind a figure."""
    asked, wanted = read_people()
    now = services().clock.now()
    with services().transactions() as session:
        region, scope = find_scope(session, current_staff(), asked.region, alone=asked.alone)
        people = list_people(session, current_staff(), replace(wanted, scope=scope), now=now)
        note_shown(session, (one.id for one in people[:PAGE]))
        codes = {one.owner_code for one in people}
        names = {code: session.get_one(Region, code).name for code in codes}
        rows = people_rows(people[:PAGE], names)
    last = people[PAGE - 1] if len(people) > PAGE else None
    channel = wanted.channel.value if wanted.channel else None
    return _list_page(
        region.name,
        labels.PEOPLE[wanted.which],
        labels.PEOPLE_HEADINGS,
        rows,
        asked,
        endpoint="people",
        chosen={"which": wanted.which.value, "channel": channel},
        after=f"{last.owner_code}_{last.due_by.isoformat()}_{last.id}" if last else None,
    )


@figures.get("/cases/<string:kind>")
def show_cases(kind: str) -> str:
    """Show the visits, the closed tickets or the face sessions behind a figure of one owner."""
    asked, wanted = read_cases(kind)
    with services().transactions() as session:
        region, scope = find_scope(session, current_staff(), asked.region, alone=asked.alone)
        rows, last, shown = case_rows(session, current_staff(), kind, replace(wanted, scope=scope))
        note_shown(session, shown)
    title = labels.FACES[wanted.which] if kind == FACES else labels.CASES[kind]
    if wanted.dimension is not None:
        title = f"{title}　{name_part(wanted.dimension, wanted.part)}"
    return _list_page(
        region.name,
        title,
        HEADINGS[kind],
        rows,
        asked,
        endpoint="cases",
        chosen={"kind": kind, "which": wanted.which.value, "by": request.args.get("by")},
        after=f"{last[0].isoformat()}_{last[1]}" if last else None,
    )


@figures.get("/risk")
def show_risks() -> str:
    """Show who of a community is likely to miss the deadline."""
    asked, now = read_asked(), services().clock.now()
    with services().transactions() as session:
        groups = list_risks(
            session, current_staff(), asked.region, rules=services().rules, actor=current_actor(), now=now
        )
        region = session.get_one(Region, asked.region)
    return page("figures_risk.html", labels=labels, asked=asked, region=region, groups=groups, most=MOST_LISTED)


def read_asked(given: Callable[[str], str] | None = None) -> Asked:
    """Return what the address or the form asks for; raise Refusal `malformed`."""
    read = given or (lambda name: request.args.get(name, ""))
    now = services().clock.now()
    text = read("year") or str(local_date(now).year)
    if not (text.isascii() and text.isdigit()):
        raise Refusal("malformed", field="year")
    year = check_year(int(text[:6]), now=now)
    return Asked(read("region") or current_staff().region_code, read("alone") == "1", year)


def read_people() -> tuple[Asked, PeopleAsked]:
    """Return which people the address asks for; whose they are is found in the database."""
    asked, args = read_asked(), request.args
    try:
        owner, _, rest = args.get("after", "").partition("_")
        day, _, row_id = rest.partition("_")
        wanted = PeopleAsked(
            FigureScope("", alone=True),
            asked.year,
            People(args.get("which") or People.ALL),
            Channel(args["channel"]) if args.get("channel") else None,
            (owner, date.fromisoformat(day), uuid.UUID(row_id)) if owner else None,
        )
    except ValueError:
        raise Refusal("malformed") from None
    return asked, wanted


def read_cases(kind: str) -> tuple[Asked, CasesAsked]:
    """Return which cases the address asks for."""
    if kind not in HEADINGS:
        raise Refusal("not_found")
    asked, args = read_asked(), request.args
    try:
        moment, _, row_id = args.get("after", "").partition("_")
        by, _, part = args.get("by", "").partition(":")
        wanted = CasesAsked(
            FigureScope("", alone=True),
            asked.year,
            (datetime.fromisoformat(moment), uuid.UUID(row_id)) if moment else None,
            Faces(args.get("which") or Faces.TRIED),
            Dimension(by) if by else None,
            part[:48],
        )
    except ValueError:
        raise Refusal("malformed") from None
    if wanted.after is not None and wanted.after[0].tzinfo is None:
        raise Refusal("malformed", field="after")
    return asked, wanted


def case_rows(
    session: Session, staff: Staff, kind: str, wanted: CasesAsked
) -> tuple[list[list[Cell]], tuple[datetime, uuid.UUID] | None, list[uuid.UUID]]:
    """Return a page of cases, after which one the next page begins, if there is one, and whom the page shows."""
    if kind == VISITS:
        visits = list_visits(session, staff, wanted)
        rows = visit_rows([(row[0], row[1], row[2], row[3]) for row in visits[:PAGE]])
        ends = [(row[0].ended_at, row[0].id) for row in visits]
        people = [row[2].id for row in visits[:PAGE]]
    elif kind == CLOSED:
        closed = list_closed(session, staff, wanted)
        rows = closed_rows([(row[0], row[1]) for row in closed[:PAGE]])
        ends = [(row[0].closed_at or row[0].created_at, row[0].id) for row in closed]
        people = [row[1].id for row in closed[:PAGE] if row[1] is not None]
    else:
        faces = list_faces(session, staff, wanted)
        rows = face_rows([(row[0], row[1]) for row in faces[:PAGE]])
        ends = [(row[0].created_at, row[0].id) for row in faces]
        people = [row[1].id for row in faces[:PAGE]]
    return rows, ends[PAGE - 1] if len(ends) > PAGE else None, people


def name_region(name: str, *, alone: bool) -> str:
    """Return a region's name, or what is said for its own people without those below."""
    return labels.OWN.format(name=name) if alone else name


def _lines(found: RegionFigures, asked: Asked, *, is_now: bool) -> list[tuple[Cell, list[Cell]]]:
    lines = []
    for line in found.lines:
        below = Asked(line.code, line.alone, asked.year)
        name = name_region(line.name, alone=line.alone)
        link = url_for("console_figures.show_figures", **below.query)
        is_owner = line.alone or found.region.level is RegionLevel.SUBDISTRICT
        lines.append((Cell(name, name, link), _cells(line.numbers, below, is_owner=is_owner, is_now=is_now)))
    return lines


def _cells(numbers: Numbers, asked: Asked, *, is_owner: bool, is_now: bool) -> list[Cell]:
    values = figure_values(numbers)
    links = _links(asked, is_owner=is_owner, is_now=is_now)
    return [Cell(value, write_value(name, value), links.get(name) if value else None) for name, value in values.items()]


def _links(asked: Asked, *, is_owner: bool, is_now: bool) -> dict[str, str]:
    """Return the lists behind the figures by column; of cases there are lists of one owner alone."""

    def people(which: People, channel: Channel | None = None) -> str:
        return url_for(
            "console_figures.show_people",
            **asked.query,
            which=which.value,
            channel=channel.value if channel else None,
        )

    links = {"certified": people(People.CERTIFIED)}
    links |= {channel.value: people(People.CERTIFIED, channel) for channel in Channel}
    if is_now:
        links |= {"retirees": people(People.ALL), "due_30": people(People.DUE_30), "overdue": people(People.OVERDUE)}
        if not asked.alone:
            for name, which in (("tickets_open", "standing"), ("tickets_late", "late")):
                links[name] = url_for("console_tickets.show_list", which=which, region=asked.region)
    if is_owner:
        for name, kind, faces in (
            ("visits", VISITS, Faces.TRIED),
            ("median_days", CLOSED, Faces.TRIED),
            ("first_rate", FACES, Faces.FIRST),
            ("end_rate", FACES, Faces.END),
        ):
            links[name] = url_for("console_figures.show_cases", kind=kind, which=faces.value, **asked.query)
    return links


def _face_part(found: RegionFigures, dimension: Dimension, asked: Asked) -> dict[str, Any]:
    rates = found.numbers.faces_by(dimension)
    return {
        "title": labels.DIMENSIONS[dimension.value],
        "chart": rate_chart(dimension, rates),
        "rows": [
            {
                "name": name_part(dimension, rate.part),
                "rate": rate,
                "link": url_for(
                    "console_figures.show_cases",
                    kind=FACES,
                    which=Faces.FAILED.value,
                    by=f"{dimension.value}:{rate.part}",
                    **asked.query,
                )
                if found.is_live
                else None,
            }
            for rate in rates
        ],
    }


def _list_page(
    region_name: str,
    title: str,
    headings: tuple[str, ...],
    rows: list[list[Cell]],
    asked: Asked,
    *,
    endpoint: str,
    chosen: dict[str, str | None],
    after: str | None,
) -> str:
    values = asked.query | chosen
    return page(
        "figures_list.html",
        region_name=name_region(region_name, alone=asked.alone),
        title=title,
        headings=headings,
        rows=rows,
        asked=asked,
        next_page=url_for(f"console_figures.show_{endpoint}", **values, after=after) if after else None,
        files={
            form: url_for(f"console_figure_exports.export_{endpoint}", form=form, **values) for form in ("csv", "xlsx")
        },
    )
