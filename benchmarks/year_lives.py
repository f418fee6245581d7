"""What really happens to the people of the simulated year, drawn beforehand; the system does not know it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from random import Random

# How often in a year, of all people; deaths as among people of 60 and more.
_DIES, _PRISON, _MOVES = 0.035, 0.0008, 0.02
# How a death becomes known: told in time, late, by a sign in another department's data, at the next certification.
DEATHS = (("told_in_time", 0.72), ("told_late", 0.12), ("data_sign", 0.11), ("unknown", 0.05))
# What somebody does about this year's certification: by themselves, after a reminder, when called, when visited, not.
_CERTIFIES = (("data", 0.25), ("self", 0.35), ("reminded", 0.25), ("called", 0.07), ("visited", 0.07), ("never", 0.01))


@dataclass
class Life:
    """What really happens to one person, drawn beforehand; the system does not know it."""

    id: UUID
    number: str
    cents: int
    has_account: bool
    certifies: str
    certifies_on: date
    dies_on: date | None = None
    death: str = ""
    known_on: date | None = None
    jailed_on: date | None = None
    freed_on: date | None = None
    moves_on: date | None = None


@dataclass
class Tally:
    """What is counted."""

    wrongful: int = 0
    paid_after_death: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_month: list[dict[str, int]] = field(default_factory=list)
    nights: Counter[str] = field(default_factory=Counter)


def draw_life(random: Random, place: int, year: int) -> Life:
    """Draw what happens to the person at `place`."""
    certifies = random.choices([one for one, _ in _CERTIFIES], [share for _, share in _CERTIFIES])[0]
    life = Life(
        id=UUID(int=random.getrandbits(128), version=4),
        number=f"43{place:010d}",
        cents=round(random.triangular(110_000, 980_000, 310_000)),
        has_account=certifies in {"self", "reminded"} or random.random() < 0.2,
        certifies=certifies,
        certifies_on=date(year, 1, 10) + timedelta(days=random.randrange(300)),
    )
    if random.random() < _DIES:
        life.dies_on = date(year, 1, 1) + timedelta(days=random.randrange(365))
        life.death = random.choices([one for one, _ in DEATHS], [share for _, share in DEATHS])[0]
        days = {"told_in_time": (2, 28), "told_late": (31, 150), "data_sign": (7, 40)}.get(life.death)
        life.known_on = None if days is None else life.dies_on + timedelta(days=random.randint(*days))
    elif random.random() < _PRISON:
        life.jailed_on = date(year, 1, 1) + timedelta(days=random.randrange(250))
        life.freed_on = life.jailed_on + timedelta(days=random.randrange(60, 300))
    elif random.random() < _MOVES:
        life.moves_on = date(year, 1, 1) + timedelta(days=random.randrange(360))
    return life
