"""What tests of several connections at once share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.session import Transactions
from tests.cast import Cast, call_cast

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine


@pytest.fixture
def own(own_engine: Engine) -> Transactions:
    """Transactions of real connections, on a database of this test alone."""
    return Transactions(own_engine)


@pytest.fixture
def people(own: Transactions, now: datetime) -> Cast:
    """The cast, written for all connections to see."""
    with own() as session:
        return call_cast(session, now=now)
