"""Work over a real broker: it is done, it carries the id of the request that asked for it, and garbage is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from celery import Celery
from kombu import Exchange, Queue
from sqlalchemy import select

from models import Account, CarriedTask, NightRun, OutboxMessage
from models.account import AccountKind
from models.outbox import OutboxStatus, enqueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.session import Transactions
    from tests.brokers import Broker
    from tests.city import City

REQUEST = "a-request-of-this-test"


def lines_of(city: City, part: str) -> list[dict[str, object]]:
    """Return the log of a part; every line that begins as an object is one."""
    return [json.loads(line) for line in (city.folder / f"{part}.log").read_text().splitlines() if line[:1] == "{"]


def sender(broker: Broker) -> Callable[..., object]:
    """Return what puts a message into the queue as another program would."""
    app = Celery(broker=broker.url, set_as_current=False)
    queue = Queue(broker.queue, Exchange(broker.queue, type="direct"), routing_key=broker.queue, max_priority=9)

    def send(task: str, *arguments: object, asked_for: str, **how: object) -> None:
        app.send_task(task, arguments, {"asked_for": asked_for}, queue=queue, **how)

    return send


def store_message(rows: Transactions) -> None:
    """Store a message out for somebody whom no channel reaches: it ends as failed when it is looked at."""
    now = datetime.now(UTC)
    with rows() as session:
        account = Account(kind=AccountKind.DEVELOPMENT, identity_index=uuid4().hex, created_at=now)
        session.add(account)
        session.flush()
        enqueue(session, account.id, "reply", {"text": "x", "options": []}, cause=uuid4().hex, now=now, is_reply=True)


def all_ended(rows: Transactions) -> bool:
    with rows() as session:
        return set(session.scalars(select(OutboxMessage.status))) == {OutboxStatus.FAILED}


@pytest.mark.slow
def test_stored_work_is_done_garbage_is_kept_and_the_log_tells_the_request(
    city: City, rows: Transactions, broker: Broker
) -> None:
    send = sender(broker)
    moment = datetime.now(UTC).isoformat()
    store_message(rows)
    send("carry", "send_due", asked_for=moment, headers={"request": REQUEST})
    send("carry", "no such work", asked_for=moment)
    send("carry", "send_due", asked_for="yesterday")
    send("carry", "send_due", asked_for="9999-12-31T23:59:59-12:00")
    send("carry", "night_run", asked_for="2099-12-31T23:30:00+08:00")
    send("another.task", asked_for=moment)
    city.start("worker")
    city.wait_until(lambda: all_ended(rows), "nobody looked at the message")

    def letters() -> dict[str, str | None]:
        with rows() as session:
            found = session.scalars(select(CarriedTask).where(CarriedTask.given_up_at.is_not(None)))
            return {task.work: task.fault for task in found}

    kept = {"no such work": "not readable", "send_due": "not readable", "another.task": "unknown task"}
    city.wait_until(lambda: letters() == kept or len(letters()) > 3, "garbage is not kept")
    assert letters() == kept
    told = [line for line in lines_of(city, "worker") if line.get("request") == REQUEST]
    assert [line["event"] for line in told] == ["task done: send_due"]

    def night_done() -> bool:
        return any(line["event"] == "task done: night_run" for line in lines_of(city, "worker"))

    city.wait_until(night_done, "the night run was not begun")
    with rows() as session:
        nights = session.scalars(select(NightRun.as_of)).all()
    assert all(night <= datetime.now(UTC).date() + timedelta(days=1) for night in nights), "a message made up a night"


@pytest.mark.slow
def test_stored_work_that_nobody_queued_is_found_by_the_schedule(city: City, rows: Transactions) -> None:
    store_message(rows)
    city.start("worker", "beat")
    city.wait_until(lambda: all_ended(rows), "the schedule did not ask for it")
    with rows() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        lost = CarriedTask(id=uuid4(), work="send_due", asked_for=long_ago, tries=1, began_at=long_ago)
        session.add(lost)

    def gone() -> bool:
        with rows() as session:
            return session.get(CarriedTask, lost.id) is None

    city.wait_until(gone, "a task whose process died is not asked for again")
    city.stop()
    assert all(line["level"] != "error" for part in ("worker", "beat") for line in lines_of(city, part))
