"""What everybody in the simulated year shares: the real application, its clock, the people, and what is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from random import Random
from typing import TYPE_CHECKING

from casework.life_event_effects import Effects
from clock import LOCAL_ZONE
from models.audit import Actor, ActorKind
from models.ticket import TicketKind

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from benchmarks.year_lives import Life
    from models import Staff
    from models.session import Transactions
    from services import Services

NIGHT_RUN = Actor(ActorKind.SYSTEM, "night_run")
# The tickets by which staff verify what was told, by people or by data.
VERIFYING = (TicketKind.DEATH_VERIFICATION, TicketKind.DATA_DISCREPANCY)


class HandClock:
    """A clock that the simulation sets."""

    def __init__(self) -> None:
        self._now = datetime(2000, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self._now

    def turn_to(self, day: date, hour: int) -> None:
        """Set it to an hour of a day in China."""
        self._now = datetime.combine(day, time(hour), LOCAL_ZONE).astimezone(UTC)


@dataclass
class Tally:
    """What is counted. files, certified: rows by what became of them; certifications of the year by way.

    faces: tries by face, by how they ended. tickets: those that staff ended with nothing left to verify, by
    kind; of those that rows of files opened, how many were `opened`, `stand` at the end, were ended `by_staff` so.
    wrong: what became of wrong reports of death. short_months: months that these left unpaid in their month;
    back_paid_cents: what was paid back of them. suspended: people alive whom a suspension left unpaid;
    still_suspended: not paid again to the end; resumed: of the others the months paid back, and their cents.
    """

    wrongful: int = 0
    paid_after_death: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_month: list[dict[str, int]] = field(default_factory=list)
    nights: Counter[str] = field(default_factory=Counter)
    files: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    certified: Counter[str] = field(default_factory=Counter)
    faces: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    tickets: Counter[str] = field(default_factory=Counter)
    short_months: int = 0
    back_paid_cents: int = 0
    suspended: int = 0
    still_suspended: int = 0
    resumed: Counter[str] = field(default_factory=Counter)


@dataclass
class World:
    """The town on a day.

    attempted: by person, the days on which somebody tried to reach them. promised: by person, how many cents they were
    told would be paid back when they said to be alive.
    """

    app: Flask
    services: Services
    clock: HandClock
    seed: int
    lives: list[Life]
    staff: dict[str, Staff]
    tellers: list[UUID]
    tally: Tally = field(default_factory=Tally)
    attempted: dict[UUID, list[date]] = field(default_factory=lambda: defaultdict(list))
    promised: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {one.id: one for one in self.lives}
        self.diary: dict[date, list[tuple[str, Life]]] = defaultdict(list)
        self.today = date.min

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    @property
    def transactions(self) -> Transactions:
        """The database of the application."""
        return self.services.transactions

    @property
    def effects(self) -> Effects:
        """What follows from confirmed events is made with these."""
        return Effects(self.services.rules, self.services.terms, self.services.vault)

    def begin_day(self, day: date) -> None:
        """Let it be the first hour of a day."""
        self.today = day
        self.clock.turn_to(day, 1)

    def happens(self, share: float, life: Life, what: str) -> bool:
        """Draw something about a person today: the same for the same seed, in whatever order people are asked."""
        return Random(f"{self.seed}:{what}:{life.place}:{self.today}").random() < share

    def try_to_reach(self, life: Life) -> None:
        """Keep in mind that somebody tried to reach a person today."""
        self.attempted[life.id].append(self.today)

    def actor(self, name: str) -> Actor:
        """Return a member of staff as the audit names them."""
        return Actor(ActorKind.STAFF, str(self.staff[name].id))
