from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.office import Office, open_office

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from models.session import Transactions
    from tests.cast import Cast


@pytest.fixture
def office(transactions: Transactions, cast: Cast, tmp_path: Path, now: datetime) -> Office:
    """The agency of the first district on 10 March 2025, at ten in the morning."""
    assert cast
    return open_office(transactions, tmp_path / "payments", now)
