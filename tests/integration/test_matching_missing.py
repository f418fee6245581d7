"""Whoever is said to be missing and is seen somewhere since: staff look at it, and nobody is certified by it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models import LifeEvent, Sign
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind, LifeEventStatus
from models.matching import SignDecision
from models.ticket import TicketKind
from tests.matching import standing_of, take_in, tickets_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from tests.cast import Cast


@pytest.mark.parametrize(
    ("seen", "came_back", "decision"),
    [
        ("2025-03-05", None, SignDecision.SEEN_MISSING),
        ("2025-03-01", None, SignDecision.CERTIFIED),
        ("2025-03-05", (LifeEventStatus.NOTIFIED, date(2025, 3, 4)), SignDecision.SEEN_MISSING),
        ("2025-03-05", (LifeEventStatus.CONFIRMED, date(2025, 3, 4)), SignDecision.CERTIFIED),
        ("2025-03-05", (LifeEventStatus.CONFIRMED, date(2025, 2, 4)), SignDecision.SEEN_MISSING),
    ],
)
def test_whoever_is_missing_and_seen_somewhere_is_for_staff(
    app: Flask,
    transactions: Transactions,
    cast: Cast,
    tmp_path: Path,
    now: datetime,
    seen: str,
    came_back: tuple[LifeEventStatus, date] | None,
    decision: SignDecision,
) -> None:
    li = cast.grandma_li
    told = [(LifeEventKind.MISSING, LifeEventStatus.CONFIRMED, date(2025, 3, 2))]
    if came_back is not None:
        told.append((LifeEventKind.REAPPEARANCE, *came_back))
    with transactions() as session:
        session.add_all(
            LifeEvent(
                number=f"L2503-{place}",
                kind=kind,
                status=status,
                retiree_id=li.id,
                owner_code=li.owner_code,
                happened_on=day,
                source=EventSource.STAFF,
                reported_by="x",
                reported_at=now,
                content="{}",
                rule_set="changsha-2020",
            )
            for place, (kind, status, day) in enumerate(told)
        )
    take_in(app, write(tmp_path, (li.id_number, li.name, seen)))
    is_certified = decision is SignDecision.CERTIFIED
    with transactions() as session:
        assert session.scalars(select(Sign.decision)).all() == [decision]
        assert tickets_of(session, li) == ([] if is_certified else [(TicketKind.DATA_DISCREPANCY, False)])
    assert (standing_of(transactions, li)[1] is Channel.DATA_MATCH) is is_certified
