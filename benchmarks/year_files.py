"""The files that other departments send in the simulated year: written from what really happens, taken in as by hand.

Each department sends in its own rhythm, as `casework/matching_sources.yaml` declares its columns. Among the rows are
people who are not on the roster, rows that cannot be read, signs of life of the dead, numbers mistaken for another's,
and whole files that come twice.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from commands.demo_people import RUN, invent_people
from policy.months import first_day, month_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.year_lives import Life
    from benchmarks.year_world import World

_BY_ID = ("身份证号", "姓名")
# The headings, and when a department sends: a weekday from 0, or the day of a month.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "hospital_visit": (*_BY_ID, "就诊日期"),
    "hospital_discharge": (*_BY_ID, "出院日期", "离院方式"),
    "vaccination": (*_BY_ID, "接种日期"),
    "train": ("证件号码", "旅客姓名", "乘车日期"),
    "bus_card": ("证件号码", "持卡人", "刷卡日期"),
    "cremation": ("逝者身份证号", "逝者姓名", "出生日期", "死亡日期", "火化日期"),
    "prison_entry": (*_BY_ID, "出生日期", "收监日期"),
    "prison_release": (*_BY_ID, "出生日期", "释放日期"),
}
_WEEKLY = {
    "hospital_visit": 0,
    "hospital_discharge": 0,
    "train": 4,
    "cremation": 1,
    "prison_entry": 0,
    "prison_release": 0,
}
_MONTHLY = {"vaccination": 3, "bus_card": 5}
# One of them writes as its own office program does.
_ENCODINGS = {"bus_card": "gb18030"}
# How many of all: who has a bus card; of those who certify otherwise, who is seen at a hospital afterwards.
_CARDS, _SEEN_AT_HOSPITAL = 0.35, 0.25
# Of deaths told in time, how many stand in the file of cremations too, and of how many a sign of life comes later.
_CREMATED, _SEEN_DEAD = 0.6, 0.03
# Of deaths known by data, how many stand in the file of a hospital; of cremations, how many have no day of death.
_DIED_AT_HOSPITAL, _DAY_UNKNOWN = 0.3, 0.1
# Of rows of visits, whose name is written wrongly; of files, which hold a row that cannot be read, which come twice.
_MISSPELT, _BAD_ROW, _TWICE = 0.005, 0.3, 0.1
_STRANGERS, _STRANGERS_OF_ROWS = 400, 0.05
_NAMESAKES = 0.1
_BAD_ROWS = (("4301021950010112", "王某"), ("", "李某"), ("430102195013010018", "张某"), ("430102195001011234", "陈某"))


class SeenRow(NamedTuple):
    """One thing that a department saw. on: its day. died_on: of a death whose day is known."""

    source: str
    id_number: str
    name: str
    birthday: date
    on: date
    died_on: date | None = None
    is_death: bool = False

    def cells(self) -> tuple[str, ...]:
        """Return the row as its department writes it."""
        who, day = (self.id_number, self.name), self.on.isoformat()
        match self.source:
            case "hospital_discharge":
                return (*who, day, "死亡" if self.is_death else "医嘱离院")
            case "cremation":
                return (*who, f"{self.birthday:%Y%m%d}", "" if self.died_on is None else f"{self.died_on}", day)
            case "prison_entry" | "prison_release":
                return (*who, self.birthday.isoformat(), day)
            case _:
                return (*who, day)


@dataclass
class Departments:
    """What other departments send, by the day on which they do."""

    folder: Path
    random: Random
    until: date
    sent: dict[date, dict[str, list[SeenRow]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def send(self, world: World) -> None:
        """Write the files of the day and take them in."""
        for source, rows in self.sent.pop(world.today, {}).items():
            path = self._write(source, rows, world.today)
            counts = take_in(world, path, source)
            tally = world.tally.files[source]
            tally.update(files=1, **counts)
            if self.random.random() < _TWICE:
                again = take_in(world, path, source)
                if again["known"] + again["unmatched"] + again["rejected"] != again["read"]:
                    raise AssertionError(f"{path.name} came twice and was not all known: {again}")
                tally.update(files=1, **again)

    def add(self, row: SeenRow) -> None:
        """Let a row go into the file that its department sends next."""
        day = _sent_on(row.source, row.on)
        if day <= self.until:
            self.sent[day][row.source].append(row)

    def _write(self, source: str, rows: list[SeenRow], day: date) -> Path:
        path = self.folder / f"{source}-{day}.csv"
        lines = [row.cells() for row in rows]
        if self.random.random() < _BAD_ROW:
            bad = self.random.choice(_BAD_ROWS)
            lines.append((*bad, *("" for _ in _HEADINGS[source][3:]), "2025-02-30")[: len(_HEADINGS[source])])
        self.random.shuffle(lines)
        with path.open("w", encoding=_ENCODINGS.get(source, "utf-8"), newline="") as file:
            csv.writer(file, delimiter=";" if source in _ENCODINGS else ",").writerows([_HEADINGS[source], *lines])
        return path


def take_in(world: World, path: Path, source: str) -> dict[str, int]:
    """Take a file in by the command, as an operator does; return how many rows had which fate."""
    arguments = ["matching", "import", str(path), "--source", source, "--json"]
    done = world.app.test_cli_runner().invoke(args=arguments)
    if done.exit_code:
        raise RuntimeError(done.output) from done.exception
    report: dict[str, Any] = json.loads(done.stdout)
    fates = ("read", "certified", "suspicious", "noted", "known", "unmatched", "rejected")
    return {fate: report[fate] for fate in fates}


def plan_files(folder: Path, lives: list[Life], seed: int, *, until: date) -> Departments:
    """Return everything that departments will send up to a day. folder: where their files are put."""
    random = Random(f"{seed}:files")
    folder.mkdir()
    departments = Departments(folder, random, until)
    for life in lives:
        for row in _rows_of(random, life, until):
            departments.add(row)
    _add_strangers(departments, random, lives, seed)
    return departments


def _sent_on(source: str, day: date) -> date:
    if source in _WEEKLY:
        return day + timedelta(days=(_WEEKLY[source] - day.weekday() - 1) % 7 + 1)
    return first_day(month_of(day) + 1).replace(day=_MONTHLY[source])


def _seen(source: str, life: Life, on: date, **more: Any) -> SeenRow:
    return SeenRow(source, life.id_number, life.name, life.birthday, on, **more)


def _rows_of(random: Random, life: Life, until: date) -> Iterator[SeenRow]:
    """Yield what departments see of one person."""
    yield from _signs_of_life(random, life, until)
    if life.dies_on is not None:
        yield from _signs_of_death(random, life, life.dies_on)
    if life.jailed_on is not None and life.freed_on is not None:
        yield _seen("prison_entry", life, life.jailed_on)
        yield _seen("prison_release", life, life.freed_on)
    if life.wrong is not None and life.wrong.way == "file":
        # the clerk looked the name up and took the wrong one of two
        yield _seen("cremation", life, life.wrong.on - timedelta(days=1), died_on=life.wrong.died_on, is_death=True)


def _signs_of_life(random: Random, life: Life, until: date) -> Iterator[SeenRow]:
    if life.seen_by:
        day = life.certifies_on
        while day <= until:
            if life.is_out(day):
                row = _seen(life.seen_by, life, day)
                yield row._replace(name=f"{row.name[0]}某") if random.random() < _MISSPELT else row
            day += timedelta(days=random.randint(40, 90))
    elif life.certifies == "self" and not life.fails and random.random() < _SEEN_AT_HOSPITAL:
        day = life.certifies_on + timedelta(days=random.randint(10, 50))
        if life.is_out(day) and day.year == life.certifies_on.year:
            source = random.choice(("hospital_visit", "hospital_discharge"))
            yield _seen(source, life, day)
    if random.random() < _CARDS:
        day = date(life.certifies_on.year, 1, random.randint(1, 28))
        while day <= until:
            if life.is_out(day):
                yield _seen("bus_card", life, day)
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=random.randint(1, 28))


def _signs_of_death(random: Random, life: Life, died_on: date) -> Iterator[SeenRow]:
    buried_on = died_on + timedelta(days=random.randint(3, 10))
    match life.death:
        case "data_sign" if random.random() < _DIED_AT_HOSPITAL:
            yield _seen("hospital_discharge", life, died_on, is_death=True)
        case "data_sign":
            day = None if random.random() < _DAY_UNKNOWN else died_on
            yield _seen("cremation", life, buried_on, died_on=day, is_death=True)
        case "told_in_time" if random.random() < _CREMATED:
            yield _seen("cremation", life, buried_on, died_on=died_on, is_death=True)
            if random.random() < _SEEN_DEAD and life.known_on is not None:
                # somebody was treated, or travelled, with the papers of the dead
                yield _seen("hospital_visit", life, life.known_on + timedelta(days=random.randint(15, 60)))
        case _:
            pass


def _add_strangers(departments: Departments, random: Random, lives: list[Life], seed: int) -> None:
    """Add rows of people who are not on the roster; and of some whose number nobody can read, called as somebody is."""
    first = -(-len(lives) // RUN) * RUN
    strangers = list(invent_people(_STRANGERS, seed, first))
    for by_source in list(departments.sent.values()):
        for source, rows in by_source.items():
            for _ in range(max(1, round(len(rows) * _STRANGERS_OF_ROWS))):
                other = random.choice(strangers)
                like = random.choice(rows)
                rows.append(
                    like._replace(id_number=other.identity.text, name=other.name, birthday=other.identity.birthday)
                )
            if source == "cremation" and random.random() < _NAMESAKES:
                living = random.choice(lives)
                if living.dies_on is None:
                    rows.append(rows[0]._replace(id_number="不详", name=living.name, birthday=living.birthday))
