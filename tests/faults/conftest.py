"""Real servers that a test may stop, starve and slow down: its own alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import schema
from models.session import Transactions, open_database
from tests.brokers import BROKERS, scratch_broker
from tests.city import City
from tests.databases import scratch_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.brokers import Broker


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """An empty queue of this test alone, on each kind of broker."""
    with scratch_broker(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=["postgresql"])
def city(request: pytest.FixtureRequest, tmp_path: Path, broker: Broker) -> Iterator[City]:
    """A city of which nothing runs yet, its database migrated."""
    with scratch_url(request.param, tmp_path) as url:
        made = City(tmp_path, url, {"BROKER_URL": broker.url, "BROKER_QUEUE": broker.queue})
        made.flask("database", "upgrade")
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def rows(city: City) -> Iterator[Transactions]:
    """The city's database, to look into."""
    engine = open_database(city.database_url)
    assert schema.MIGRATIONS
    yield Transactions(engine)
    engine.dispose()
