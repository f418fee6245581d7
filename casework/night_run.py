"""Carrying a night run out: each step in a transaction of its own, so that a run that was killed loses one step."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, literal, or_, select, update

from casework.bulk import insert_new
from casework.sweep import STEPS, Night, run_before
from models import NightRun

if TYPE_CHECKING:
    from datetime import date, datetime

    from casework.benefit_terms import BenefitTerms
    from casework.terms import Terms
    from models.audit import Actor
    from models.session import Transactions
    from models.vault import Vault
    from policy.rules import RuleSet

# Whoever runs it has so long; then somebody else may.
CLAIM = timedelta(minutes=30)


class _Rehearsed(Exception):
    """Ends the transaction of a dry run without leaving anything."""


def prepare(
    transactions: Transactions,
    as_of: date,
    *,
    rules: RuleSet,
    benefit_terms: BenefitTerms,
    terms: Terms,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> Night:
    """Return what a night run is made with."""
    with transactions() as session:
        before = run_before(session, as_of)
    return Night(as_of, before, rules, benefit_terms, terms, vault, actor, now)


def sweep(transactions: Transactions, night: Night) -> dict[str, int]:
    """Do everything that falls due by the day, and return how much of each; done again it finds nothing to do."""
    counts = {}
    for name, step in STEPS.items():
        with transactions() as session:
            counts[name] = step(session, night)
    with transactions() as session:
        run = session.get(NightRun, night.as_of) or NightRun(as_of=night.as_of)
        known = json.loads(run.counts or "{}")
        run.counts = json.dumps({name: known.get(name, 0) + count for name, count in counts.items()})
        run.ended_at, run.claimed_until = night.now, None
        session.add(run)
    return counts


def rehearse(transactions: Transactions, night: Night) -> dict[str, int]:
    """Return what a night run would do, and leave nothing (a dry run)."""
    counts = {}
    try:
        with transactions() as session:
            for name, step in STEPS.items():
                counts[name] = step(session, night)
                session.flush()
            raise _Rehearsed  # noqa: TRY301 - the transaction itself must see it
    except _Rehearsed:
        return counts


def claim_night(transactions: Transactions, as_of: date, *, now: datetime) -> bool:
    """Say whether the caller is to run this night: nobody did, and nobody is at it."""
    with transactions() as session:
        insert_new(
            session,
            NightRun,
            {"as_of": as_of, "counts": "{}"},
            select(literal(1)).where(~exists().where(NightRun.as_of == as_of)),
        )
        claimed = session.execute(
            update(NightRun)
            .where(
                NightRun.as_of == as_of,
                NightRun.ended_at.is_(None),
                or_(NightRun.claimed_until.is_(None), NightRun.claimed_until < now),
            )
            .values(claimed_until=now + CLAIM)
        )
        return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE's result has a row count
