"""Tickets' own rounds: reminders, escalations, and once a day help for whoever is due soon and has not tried."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casework.ticket_rounds import escalate, help_before_deadline, owners, remind
from clock import local_date
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from services import Services

PACE = timedelta(minutes=1)
SYSTEM = Actor(ActorKind.SYSTEM, "rounds")


class TicketRounds:
    """What is due is done in small transactions; several processes may go the same round, each case is opened once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rests_until: datetime | None = None
        self._helped_on: date | None = None
        self._to_help: list[str] = []

    def __call__(self, now: datetime) -> int:
        """Go one step and return how much was done."""
        if self._to_help:
            return 1 + self._help(self._to_help.pop(), now)
        if self._rests_until is not None and now < self._rests_until:
            return 0
        with self._services.transactions() as session:
            done = remind(session, terms=self._services.terms, now=now)
        with self._services.transactions() as session:
            done += escalate(session, terms=self._services.terms, actor=SYSTEM, now=now)
        if self._helped_on != local_date(now):
            self._helped_on = local_date(now)
            with self._services.transactions() as session:
                self._to_help = list(owners(session))
        self._rests_until = None if done else now + PACE
        return done

    def _help(self, owner_code: str, now: datetime) -> int:
        parts = self._services
        with parts.transactions() as session:
            return help_before_deadline(
                session, owner_code, terms=parts.terms, clock=parts.rules.clock, actor=SYSTEM, now=now
            )
