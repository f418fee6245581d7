"""The figures of supervisors: counted from time to time for all owners, read as sums, live where one owner is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from casework.figure_conditions import Dimension, Faces, FigureScope, in_year
from casework.figure_counting import (
    CERTIFIED,
    DAYS_TO_CLOSE,
    FACE_NAMES,
    LONGEST_DAYS,
    Counts,
    count_all,
)
from casework.rights import StaffRight
from casework.scope import find_region, require
from clock import local_date
from models import Base, FigureCount, Region, RegionFigure, Staff, Ticket, Visit
from models.region import RegionLevel
from refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

FIRST_YEAR = 2020
# Whoever counts has so long; then somebody else may.
CLAIM = timedelta(minutes=10)
# What stands before the name of a figure that is the sum of a region, beside the one of its own people alone.
_SUM = "sum:"
_TABLE = Base.metadata.tables[RegionFigure.__tablename__]


@dataclass(frozen=True)
class FaceRate:
    """Of one part: how many were tried, how many passed at the first try, how many in the end."""

    part: str
    tried: int
    first: int
    end: int

    @property
    def first_rate(self) -> float | None:
        """The share that passed at the first try; none of nobody."""
        return self.first / self.tried if self.tried else None

    @property
    def end_rate(self) -> float | None:
        """The share that passed in the end."""
        return self.end / self.tried if self.tried else None


@dataclass(frozen=True)
class Numbers:
    """The figures of one region, by name and bucket."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of(self, name: str, bucket: str = "") -> int:
        """Return one figure."""
        return self.counts[name, bucket]

    @property
    def certified(self) -> int:
        """Everybody who is certified, by whatever channel."""
        return sum(value for (name, _bucket), value in self.counts.items() if name == CERTIFIED)

    @property
    def faces(self) -> FaceRate:
        """The face sessions of the year."""
        return FaceRate("", *(self.of(name) for name in FACE_NAMES.values()))

    def faces_by(self, dimension: Dimension) -> list[FaceRate]:
        """Return the face sessions by age group, sex, action or phone, in order of the parts."""
        before = f"{dimension.value}:"
        tried = FACE_NAMES[Faces.TRIED]
        buckets = [bucket for name, bucket in self.counts if name == tried and bucket.startswith(before)]
        return [
            FaceRate(bucket.removeprefix(before), *(self.of(name, bucket) for name in FACE_NAMES.values()))
            for bucket in sorted(buckets)
        ]

    @property
    def closed(self) -> int:
        """The tickets that were done in the year."""
        return sum(value for (name, _bucket), value in self.counts.items() if name == DAYS_TO_CLOSE)

    @property
    def median_days(self) -> float | None:
        """The exact median of the days from opening to end; LONGEST_DAYS stands for that many and more."""
        days = {int(bucket): value for (name, bucket), value in self.counts.items() if name == DAYS_TO_CLOSE}
        closed = sum(days.values())
        if not closed:
            return None
        return (_day_at(days, (closed - 1) // 2) + _day_at(days, closed // 2)) / 2


@dataclass(frozen=True)
class FigureLine:
    """One region of the table. alone: the owner itself without what lies below: an agency's own people."""

    code: str
    name: str
    alone: bool
    numbers: Numbers


@dataclass(frozen=True)
class RegionFigures:
    """The figures of a region and of those one level below.

    counted_at: when; None when nobody has counted that year yet. is_live: counted for this very page.
    """

    region: Region
    scope: FigureScope
    numbers: Numbers
    lines: list[FigureLine]
    counted_at: datetime | None
    is_live: bool


def claim_count(session: Session, year: int, *, fresh_for: timedelta, now: datetime) -> bool:
    """Say whether this caller is to count now: nobody else does, and the last count is older than `fresh_for`.

    The transaction must end before the counting begins, so that others see the claim.
    """
    if session.get(FigureCount, year) is None:
        try:
            with session.begin_nested():
                session.add(FigureCount(year=year, counted_at=None, claimed_until=None))
        except IntegrityError:
            return False
    claimed = session.execute(
        update(FigureCount)
        .where(
            FigureCount.year == year,
            or_(FigureCount.claimed_until.is_(None), FigureCount.claimed_until <= now),
            or_(FigureCount.counted_at.is_(None), FigureCount.counted_at <= now - fresh_for),
        )
        .values(claimed_until=now + CLAIM)
    )
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE's result has a row count


def count_figures(session: Session, year: int, *, now: datetime) -> int:
    """Count the year anew and return how many rows changed; the claim ends with this transaction.

    Only what changed is written: of a quarter of a million rows most stay the same for days.
    """
    counted = _with_sums(session, count_all(session, None, year=year, today=local_date(now)))
    stored = {
        (code, name, bucket): value
        for code, name, bucket, value in session.execute(
            select(RegionFigure.code, RegionFigure.name, RegionFigure.bucket, RegionFigure.value).where(
                RegionFigure.year == year
            )
        )
    }
    connection = session.connection()
    changed = [key for key, value in counted.items() if stored.get(key) != value]
    gone = [key for key in stored if counted[key] != stored[key]]
    if gone:
        connection.execute(
            delete(_TABLE).where(
                _TABLE.c.year == year,
                _TABLE.c.code == bindparam("of"),
                _TABLE.c.name == bindparam("called"),
                _TABLE.c.bucket == bindparam("part"),
            ),
            [{"of": code, "called": name, "part": bucket} for code, name, bucket in gone],
        )
    if changed:
        connection.execute(
            insert(_TABLE),
            [
                {"code": code, "year": year, "name": name, "bucket": bucket, "value": counted[code, name, bucket]}
                for code, name, bucket in changed
            ],
        )
    session.execute(update(FigureCount).where(FigureCount.year == year).values(counted_at=now, claimed_until=None))
    return len(set(changed) | set(gone))


def find_scope(session: Session, staff: Staff, code: str, *, alone: bool) -> tuple[Region, FigureScope]:
    """Return the region and whose figures are meant; a community is always an owner alone.

    Raises Refusal `not_yours` for a region out of reach.
    """
    require(staff, StaffRight.SEE_FIGURES)
    region = find_region(session, staff, code)
    return region, FigureScope(region.code, alone or region.level is RegionLevel.COMMUNITY)


def check_year(year: int, *, now: datetime) -> int:
    """Return the year if figures of it may exist; raise Refusal `malformed`."""
    if not FIRST_YEAR <= year <= local_date(now).year:
        raise Refusal("malformed", field="year")
    return year


def read_figures(session: Session, staff: Staff, code: str, *, year: int, alone: bool, now: datetime) -> RegionFigures:
    """Return the figures of a region in reach; one owner's are counted at this moment."""
    region, scope = find_scope(session, staff, code, alone=alone)
    check_year(year, now=now)
    if scope.alone:
        counts = count_all(session, scope, year=year, today=local_date(now))
        return RegionFigures(region, scope, Numbers(_without_code(counts)), [], now, is_live=True)
    below = session.scalars(select(Region).where(Region.parent_code == code).order_by(Region.code)).all()
    stored = _read_stored(session, [code, *(one.code for one in below)], year)
    lines = [
        FigureLine(one.code, one.name, False, Numbers(stored[one.code, one.level is not RegionLevel.COMMUNITY]))
        for one in below
    ]
    if stored[code, False]:
        lines.append(FigureLine(code, region.name, True, Numbers(stored[code, False])))
    total = stored[code, True]
    return RegionFigures(region, scope, Numbers(total), lines, _counted_at(session, year), is_live=False)


def read_public_figures(session: Session, code: str, year: int) -> tuple[Numbers, datetime | None]:
    """Return the figures of a whole region as the public sees them, and when they were counted: no right is asked."""
    sums = _read_stored(session, [code], year)[code, True]
    return Numbers(sums), _counted_at(session, year)


def find_city(session: Session) -> Region | None:
    """Return the city, if the regions have one."""
    return session.scalar(select(Region).where(Region.level == RegionLevel.CITY).order_by(Region.code).limit(1))


def path_to(session: Session, staff: Staff, region: Region) -> list[Region]:
    """Return the regions from one's own down to the one before `region`."""
    path: list[Region] = []
    while region.code != staff.region_code and region.parent_code is not None:
        region = session.get_one(Region, region.parent_code)
        path.insert(0, region)
    return path


def visits_by_staff(session: Session, scope: FigureScope, year: int) -> list[tuple[Staff, int]]:
    """Return how many visits of the year each member of staff made for the owner's people, the most first."""
    number = func.count()
    rows = session.execute(
        select(Staff, number)
        .join(Visit, Visit.staff_id == Staff.id)
        .join(Ticket, Ticket.id == Visit.ticket_id)
        .where(in_year(Visit.ended_at, year), scope.holds(Ticket.owner_code))
        .group_by(*Staff.__table__.columns)
        .order_by(number.desc(), Staff.id)
    )
    return [(staff, visits) for staff, visits in rows]


def _counted_at(session: Session, year: int) -> datetime | None:
    count = session.get(FigureCount, year)
    return None if count is None else count.counted_at


def _with_sums(session: Session, counted: Counts) -> Counts:
    """Add the sums of every region above the owners, so that no page adds up a whole city."""
    rows = session.execute(select(Region.code, Region.parent_code, Region.level)).all()
    parents = {code: parent for code, parent, _level in rows}
    communities = {code for code, _parent, level in rows if level is RegionLevel.COMMUNITY}
    above: dict[str, list[str]] = {}
    for code in {code for code, _name, _bucket in counted}:
        path: list[str] = []
        at = parents[code] if code in communities else code
        while at is not None:
            path.append(at)
            at = parents.get(at)
        above[code] = path
    summed: Counts = Counter(counted)
    for (code, name, bucket), value in counted.items():
        for region in above[code]:
            summed[region, f"{_SUM}{name}", bucket] += value
    return summed


def _read_stored(session: Session, codes: list[str], year: int) -> dict[tuple[str, bool], Counter[tuple[str, str]]]:
    """Return the stored figures by code, and by whether they are sums or the owner's alone."""
    rows = session.execute(
        select(RegionFigure.code, RegionFigure.name, RegionFigure.bucket, RegionFigure.value).where(
            RegionFigure.year == year, RegionFigure.code.in_(codes)
        )
    )
    stored: dict[tuple[str, bool], Counter[tuple[str, str]]] = defaultdict(Counter)
    for code, name, bucket, value in rows:
        stored[code, name.startswith(_SUM)][name.removeprefix(_SUM), bucket] = value
    return stored


def _without_code(counts: Counts) -> Counter[tuple[str, str]]:
    return Counter({(name, bucket): value for (_code, name, bucket), value in counts.items()})


def _day_at(days: dict[int, int], place: int) -> int:
    """Return the days of the ticket at `place` when all stand in order."""
    for day in sorted(days):
        place -= days[day]
        if place < 0:
            return day
    return LONGEST_DAYS
