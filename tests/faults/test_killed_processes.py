"""Processes killed in the middle of their work, one after the other: web server, workers, their clock."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from models import Account, CarriedTask, Conversation, OutboxMessage
from models.outbox import OutboxStatus, enqueue
from tests.faults.people import gather
from tests.faults.state import examine, holds_all, is_idle
from tests.faults.test_carried_work import sender
from tests.stand_in import Fault, StandIn
from tests.stand_in.state import APP_ID, APP_SECRET

if TYPE_CHECKING:
    from models.session import Transactions
    from tests.brokers import Broker
    from tests.city import City

PEOPLE, MESSAGES = 6, 120


def kill_each(city: City) -> None:
    """Kill a process of each part, then each part whole, and start it again; the web server while all still ask."""
    time.sleep(0.3)
    for name in ("web", "worker"):
        for child in city.children(name)[:1]:
            os.kill(child.pid, signal.SIGKILL)
    for name in ("web", "worker", "beat"):
        time.sleep(0.3)
        city.kill(name)
        city.start(name)


@pytest.mark.slow
def test_everybody_is_certified_once_and_every_message_is_heard_once(city: City, rows: Transactions) -> None:
    crowd = gather(city, PEOPLE, MESSAGES)
    city.start("web", "worker", "beat")
    crowd.go(lambda: kill_each(city))
    assert crowd.answers[0] > 0, "nobody was interrupted: the test proves nothing"
    holds_all(crowd, rows)
    city.wait_until(lambda: is_idle(rows), "messages out are left")
    assert examine(city) == {}


@pytest.mark.slow
def test_messages_out_are_neither_lost_nor_sent_twice(city: City, rows: Transactions) -> None:
    with StandIn() as api:
        city.given |= {"WECHAT_API_BASE_URL": api.url, "WECHAT_APP_ID": APP_ID, "WECHAT_APP_SECRET": APP_SECRET}
        crowd = gather(city, 0, 30)
        city.start("web")
        crowd.go(lambda: None)
        now = datetime.now(UTC)
        with rows() as session:
            for account in session.scalars(select(Account).join(Conversation)):
                api.heard_from(account.openid or "")
                values = {"text": f"{account.id}", "options": []}
                enqueue(session, account.id, "reply", values, cause=f"{account.id}", now=now, is_reply=True)
        api.fault = Fault(slow=0.1)
        for _ in range(3):
            city.start("worker", "beat")
            city.wait_until(lambda: len(api.delivered) > 0, "nothing is sent")
            time.sleep(1)
            city.kill("worker")
            city.kill("beat")
        city.start("worker", "beat")
        city.wait_until(lambda: is_idle(rows), "messages out are left")
        sent = [str(one.content) for one in api.delivered if one.kind == "text"]
    assert len(sent) == len(set(sent)), "somebody got a message twice"
    with rows() as session:
        ended = dict(session.execute(select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status)).all())
    # one that a process died with may have been taken: it is marked as such and not sent again
    uncertain = ended.pop(OutboxStatus.UNCERTAIN, 0)
    assert set(ended) == {OutboxStatus.SENT}
    assert uncertain <= 3
    assert 30 - uncertain <= len(sent) <= 30
    assert examine(city) == {}


@pytest.mark.slow
def test_a_task_that_kills_every_process_is_given_up_and_other_work_goes_on(
    city: City, rows: Transactions, broker: Broker
) -> None:
    crowd = gather(city, 2, 10)
    city.start("web", "worker", "beat")
    sender(broker)("carry", "poison", asked_for=datetime.now(UTC).isoformat())
    crowd.go(lambda: None)

    def given_up() -> bool:
        with rows() as session:
            found = session.scalars(select(CarriedTask).where(CarriedTask.given_up_at.is_not(None))).all()
        return [(task.work, task.fault, task.tries) for task in found] == [("poison", "process lost", 3)]

    city.wait_until(given_up, "the poison is not given up")
    city.wait_until(lambda: is_idle(rows), "messages out are left")
    holds_all(crowd, rows)
    assert examine(city) == {"dead_letter": 1}


@pytest.mark.slow
def test_asked_to_stop_it_ends_what_it_has_and_loses_nothing(city: City, rows: Transactions) -> None:
    crowd = gather(city, 4, 40)
    city.start("web", "worker", "beat")

    def restart() -> None:
        time.sleep(1)
        city.stop()
        city.start("web", "worker", "beat")

    crowd.go(restart)
    assert set(crowd.answers) <= {0, 200, 201, 409, 410, 429}, "a request that was taken in was not answered"
    holds_all(crowd, rows)
    city.wait_until(lambda: is_idle(rows), "messages out are left")
    assert examine(city) == {}
