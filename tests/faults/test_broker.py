"""The broker gone for a while: people notice nothing, and all that waits is done afterwards."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.faults.gate import Gate
from tests.faults.people import gather
from tests.faults.state import examine, holds_all, is_idle
from tests.faults.test_carried_work import store_message

if TYPE_CHECKING:
    from models.session import Transactions
    from tests.brokers import Broker
    from tests.city import City

# What the clock asks for each minute is forgotten after three: five are longer. One broker is waited for so long.
GONE_SECONDS = {"redis": 20, "rabbitmq": 300}


def readiness(city: City) -> dict[str, bool]:
    try:
        with urlopen(f"{city.address}/readyz", timeout=30) as answer:
            told = answer.read()
    except HTTPError as error:
        told = error.read()
    checks: dict[str, bool] = json.loads(told)["checks"]
    return checks


@pytest.mark.slow
@pytest.mark.waits
def test_nothing_is_lost_and_people_notice_nothing(city: City, rows: Transactions, broker: Broker) -> None:
    address = urlsplit(broker.url)
    kind = "rabbitmq" if address.scheme == "amqp" else "redis"
    with Gate(address.hostname or "", address.port or 5672) as gate:
        city.given["BROKER_URL"] = broker.url.replace(f":{address.port}", f":{gate.port}")
        crowd = gather(city, 4, 40)
        city.start("web", "worker", "beat")
        # a worker that has not yet met the broker when it goes ends, and its unit starts it again: not this test's
        store_message(rows)
        city.wait_until(lambda: is_idle(rows), "nothing is carried while all is well")
        assert readiness(city)["broker"]
        gate.shut()
        assert not readiness(city)["broker"]
        crowd.go(lambda: store_message(rows))
        assert not {status for status in crowd.answers if status == 0 or status >= 500}, "somebody noticed"
        holds_all(crowd, rows)
        time.sleep(GONE_SECONDS[kind])
        assert not is_idle(rows), "the message went out without a broker: the test proves nothing"
        gate.open()
        city.wait_until(lambda: is_idle(rows), "messages out are left")
        assert readiness(city)["broker"]
    city.stop()
    assert examine(city) == {}
