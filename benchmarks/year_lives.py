"""What really happens to the people of the simulated year, drawn beforehand; the system does not know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

    from casework.roster_rows import RosterRow

Drawn = TypeVar("Drawn")

# How often in a year, of all people; deaths as among people of 60 and more. The last: said to be dead by mistake.
_DIES, _PRISON, _MOVES, _WRONGLY_DEAD = 0.035, 0.0008, 0.02, 0.002
# How a death becomes known: told in time, late, by a sign in another department's data, at the next certification.
DEATHS = (("told_in_time", 0.72), ("told_late", 0.12), ("data_sign", 0.11), ("unknown", 0.05))
# What somebody does about this year's certification: by themselves, after a reminder, when called, when visited, not.
_CERTIFIES = (("data", 0.25), ("self", 0.35), ("reminded", 0.25), ("called", 0.07), ("visited", 0.07), ("never", 0.01))
# Of those who try by themselves, whose face the machine does not pass, and what becomes of it: refused after the last
# attempt, doubtful and reviewed by a person, or given up after one attempt.
_FAILS = 0.08
_FAILURES = (("refused", 0.6), ("review", 0.25), ("gives_up", 0.15))
# How many days later somebody helps them: at once, after a while, very late.
_HELPED_AFTER = (((3, 20), 0.6), ((30, 60), 0.25), ((90, 200), 0.15))
# Of those said to be dead by mistake: for how many staff believe it too; of these, for how many staff find it out.
_BELIEVED, _FOUND_OUT = 0.4, 0.25
_IN_FILE = 0.5


@dataclass
class WrongDeath:
    """A report that somebody who lives is dead: a namesake died.

    way: `told` by a neighbour, or in the `file` of cremations under the wrong number. on: the day on which it comes.
    died_on: the day of the other's death. is_believed: staff confirm it. is_found_out: staff find the mistake some days
    later; otherwise the person says so once a payment is missing. alive_on, reversed_on: when that happened.
    """

    way: str
    on: date
    died_on: date
    is_believed: bool
    is_found_out: bool
    alive_on: date | None = None
    reversed_on: date | None = None


@dataclass
class Life:
    """What really happens to one person, drawn beforehand; the system does not know it.

    fails: what becomes of their tries by face, empty where they pass. helped_after: so many days after failing they are
    met by whoever helps. failed_on: when they did fail. seen_by: of `data`, the source whose files show that they live.
    """

    place: int
    id: UUID
    name: str
    id_number: str
    birthday: date
    cents: int
    has_account: bool
    certifies: str
    certifies_on: date
    seen_by: str = ""
    fails: str = ""
    helped_after: int = 0
    failed_on: date | None = None
    dies_on: date | None = None
    death: str = ""
    known_on: date | None = None
    jailed_on: date | None = None
    freed_on: date | None = None
    moves_on: date | None = None
    wrong: WrongDeath | None = None

    @property
    def number(self) -> str:
        """The number of the payment."""
        return f"43{self.place:010d}"

    def is_dead(self, day: date) -> bool:
        """Say whether they are dead on a day, the day of the death included."""
        return self.dies_on is not None and self.dies_on <= day

    def is_jailed(self, day: date) -> bool:
        """Say whether they are in prison on a day."""
        return self.jailed_on is not None and self.jailed_on <= day < (self.freed_on or date.max)

    def is_out(self, day: date) -> bool:
        """Say whether they go about: neither dead nor in prison."""
        return not self.is_dead(day) and not self.is_jailed(day)


def draw_life(seed: int, place: int, year: int, retiree_id: UUID, row: RosterRow) -> Life:
    """Draw what happens to the person at `place`: the same for the same seed."""
    random = Random(f"{seed}:life:{place}")
    certifies = _drawn(random, _CERTIFIES)
    life = Life(
        place=place,
        id=retiree_id,
        name=row.name,
        id_number=row.identity.text,
        birthday=row.identity.birthday,
        cents=round(random.triangular(110_000, 980_000, 310_000)),
        has_account=certifies in {"self", "reminded"} or random.random() < 0.2,
        certifies=certifies,
        certifies_on=date(year, 1, 10) + timedelta(days=random.randrange(300)),
    )
    if certifies == "data":
        life.seen_by = _drawn(random, (("hospital_visit", 0.6), ("vaccination", 0.2), ("train", 0.2)))
    elif certifies in {"self", "reminded"} and random.random() < _FAILS:
        life.fails = _drawn(random, _FAILURES)
        # whoever gave up asked nobody for help
        life.helped_after = 0 if life.fails == "gives_up" else random.randint(*_drawn(random, _HELPED_AFTER))
    _draw_fate(random, life, year)
    return life


def _draw_fate(random: Random, life: Life, year: int) -> None:
    if random.random() < _DIES:
        life.dies_on = date(year, 1, 1) + timedelta(days=random.randrange(365))
        life.death = _drawn(random, DEATHS)
        days = {"told_in_time": (2, 28), "told_late": (31, 150)}.get(life.death)
        life.known_on = None if days is None else life.dies_on + timedelta(days=random.randint(*days))
    elif random.random() < _PRISON:
        life.jailed_on = date(year, 1, 1) + timedelta(days=random.randrange(250))
        life.freed_on = life.jailed_on + timedelta(days=random.randrange(60, 300))
        if life.is_jailed(life.certifies_on):
            life.certifies_on = life.freed_on + timedelta(days=random.randrange(5, 40))
    elif random.random() < _MOVES:
        life.moves_on = date(year, 1, 1) + timedelta(days=random.randrange(360))
    elif random.random() < _WRONGLY_DEAD:
        on = date(year, 2, 1) + timedelta(days=random.randrange(270))
        life.wrong = WrongDeath(
            way="file" if random.random() < _IN_FILE else "told",
            on=on,
            died_on=on - timedelta(days=random.randint(4, 40)),
            is_believed=random.random() < _BELIEVED,
            is_found_out=random.random() < _FOUND_OUT,
        )


def _drawn(random: Random, shares: tuple[tuple[Drawn, float], ...]) -> Drawn:
    return random.choices([one for one, _ in shares], [share for _, share in shares])[0]
