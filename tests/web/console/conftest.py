"""Desks at which staff of every role sit, in one database with the cast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.office import Office
from tests.staff import Desk, add_staff_cast, sit_down

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from casework.terms import Terms
    from models import Staff
    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast


@pytest.fixture
def staff(cast: Cast, transactions: Transactions) -> dict[str, Staff]:
    """Everybody of `tests.staff.PLACES`, by name."""
    del cast
    with transactions() as session:
        return add_staff_cast(session)


@pytest.fixture
def desks(app: Flask, transactions: Transactions, staff: dict[str, Staff], now: datetime) -> dict[str, Desk]:
    """A desk for each of them."""
    return {name: sit_down(app, transactions, one, now) for name, one in staff.items()}


@pytest.fixture
def terms(settings: Settings) -> Terms:
    return settings.terms()


@pytest.fixture
def office(transactions: Transactions, staff: dict[str, Staff], tmp_path: Path, now: datetime) -> Office:
    """The agency of the first district at work: what happened before somebody opens a page."""
    return Office(transactions, tmp_path / "payments", now, staff["worker"], staff["agency"], staff["district"])
