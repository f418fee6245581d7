"""The night run, once a night by whichever process is the first to claim it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casework.night_run import claim_night, prepare, sweep
from clock import LOCAL_ZONE, local_date
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from datetime import datetime

    from services import Services

PACE = timedelta(minutes=1)
NIGHT = Actor(ActorKind.SYSTEM, "night_run")


class NightRounds:
    """Runs the night once its hour has come; a night that was broken off is begun anew when its claim has run out."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rests_until: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Run tonight's work if it is due and nobody did it; return how much was done."""
        if self._rests_until is not None and now < self._rests_until:
            return 0
        self._rests_until = now + PACE
        parts = self._services
        if now.astimezone(LOCAL_ZONE).hour < parts.settings.night_run_hour:
            return 0
        as_of = local_date(now)
        if not claim_night(parts.transactions, as_of, now=now):
            return 0
        night = prepare(
            parts.transactions,
            as_of,
            rules=parts.rules,
            benefit_terms=parts.benefit_terms,
            terms=parts.terms,
            vault=parts.vault,
            actor=NIGHT,
            now=now,
        )
        return sum(sweep(parts.transactions, night).values())
