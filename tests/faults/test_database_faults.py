"""The database restarted, refusing and slow, in the middle of everybody's work."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from models.session import Transactions, open_database
from tests.city import City
from tests.faults.gate import Gate
from tests.faults.own_postgresql import own_postgresql
from tests.faults.people import gather
from tests.faults.state import examine, holds_all, is_idle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.brokers import Broker
    from tests.faults.own_postgresql import OwnPostgresql

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("broker", ["redis"], indirect=True)]


@pytest.fixture
def server() -> Iterator[OwnPostgresql]:
    with own_postgresql() as made:
        yield made


def restart(server: OwnPostgresql, _gate: Gate) -> None:
    """Once in order, throwing everybody out, and once as if its machine had failed."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        time.sleep(1)
        server.stop(how)
        time.sleep(2)
        server.start()


def refuse(_server: OwnPostgresql, gate: Gate) -> None:
    time.sleep(1)
    gate.shut()
    time.sleep(8)
    gate.open()


def delay(_server: OwnPostgresql, gate: Gate) -> None:
    time.sleep(1)
    gate.delay = 0.2
    time.sleep(10)
    gate.delay = 0.0


@pytest.mark.parametrize("fault", [restart, refuse, delay])
def test_nothing_is_lost_or_doubled(
    tmp_path: Path, server: OwnPostgresql, broker: Broker, fault: Callable[[OwnPostgresql, Gate], None]
) -> None:
    engine = open_database(server.url)
    with Gate("127.0.0.1", server.port) as gate:
        url = f"postgresql://postgres@127.0.0.1:{gate.port}/postgres"
        city = City(tmp_path, url, {"BROKER_URL": broker.url, "BROKER_QUEUE": broker.queue})
        try:
            city.flask("database", "upgrade")
            crowd = gather(city, 5, 60)
            city.start("web", "worker", "beat")
            crowd.go(lambda: fault(server, gate))
            if fault is not delay:
                failed = sum(count for status, count in crowd.answers.items() if status == 0 or status >= 500)
                assert failed > 0, "nobody was interrupted: the test proves nothing"
            holds_all(crowd, Transactions(engine))
            city.wait_until(lambda: is_idle(Transactions(engine)), "messages out are left")
            assert examine(city) == {}
        finally:
            city.stop()
            engine.dispose()
