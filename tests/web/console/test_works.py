"""Tasks that were given up: the city's officer sees them and settles them, nobody else does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from casework.carried import BATCH, REST, begin_task, end_task, fail_task, list_dead_letters, list_lost, refuse_task
from models import CarriedTask

if TYPE_CHECKING:
    from datetime import datetime

    from models.session import Transactions
    from tests.staff import Desk

TRIES = 3


def begin(transactions: Transactions, task_id: UUID, now: datetime, work: str = "send_due") -> bool:
    with transactions() as session:
        return begin_task(session, task_id, work, asked_for=now, request_id=None, tries=TRIES, now=now)


def fail(transactions: Transactions, task_id: UUID, now: datetime) -> None:
    with transactions() as session:
        fail_task(session, task_id, "KeyError", tries=TRIES, now=now)


def given_up(transactions: Transactions, now: datetime) -> UUID:
    task_id = uuid4()
    for _ in range(TRIES):
        assert begin(transactions, task_id, now)
        fail(transactions, task_id, now)
    assert not begin(transactions, task_id, now)
    return task_id


def find(transactions: Transactions, task_id: UUID) -> CarriedTask | None:
    with transactions() as session:
        return session.get(CarriedTask, task_id)


def test_it_works(desks: dict[str, Desk], transactions: Transactions, now: datetime) -> None:
    task_id = given_up(transactions, now)
    shown = desks["city"].get("/works")
    assert shown.status_code == 200
    assert "KeyError" in shown.text
    assert "发出消息" in shown.text
    assert desks["city"].send(f"/works/{task_id}/settle", {"how": "again"}).status_code == 303
    task = find(transactions, task_id)
    assert task is not None
    assert task.settled_by == str(desks["city"].staff.id)
    assert "已处理" in desks["city"].get("/works").text


@pytest.mark.parametrize("who", ["district", "agency", "subdistrict", "worker", "auditor"])
def test_nobody_else_sees_them(who: str, desks: dict[str, Desk], transactions: Transactions, now: datetime) -> None:
    task_id = given_up(transactions, now)
    assert desks[who].get("/works").status_code == 403
    assert desks[who].send(f"/works/{task_id}/settle", {"how": "leave"}).status_code == 403
    task = find(transactions, task_id)
    assert task is not None
    assert task.settled_at is None


def test_what_was_given_up_rests_and_is_settled_when_it_goes_well_again(
    transactions: Transactions, now: datetime
) -> None:
    task_id = given_up(transactions, now)
    assert not begin(transactions, uuid4(), now), "it rests"
    assert begin(transactions, uuid4(), now, "tickets"), "other work goes on"
    later, again = now + REST + timedelta(seconds=1), uuid4()
    assert begin(transactions, again, later)
    with transactions() as session:
        end_task(session, again, "send_due", now=later)
    assert find(transactions, again) is None
    task = find(transactions, task_id)
    assert task is not None
    assert task.settled_at == later


def test_garbage_in_the_name_of_a_work_neither_stops_it_nor_hides_its_fault(
    transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        refuse_task(session, uuid4(), "send_due", "not readable", now=now)
    failed = given_up(transactions, now)
    garbage = uuid4()
    with transactions() as session:
        refuse_task(session, garbage, "send_due", "not readable", now=now)
    assert not begin(transactions, uuid4(), now), "it rests"
    with transactions() as session:
        for place in range(BATCH):
            refuse_task(session, uuid4(), f"invented {place}", "not readable", now=now + timedelta(seconds=1))
    with transactions() as session:
        assert list_dead_letters(session, all_since=now)[0].id == failed
    later, again = now + REST + timedelta(seconds=1), uuid4()
    assert begin(transactions, again, later)
    with transactions() as session:
        end_task(session, again, "send_due", now=later)
    settled = {one: found.settled_at for one in (failed, garbage) if (found := find(transactions, one))}
    assert settled == {failed: later, garbage: None}


def test_a_task_whose_process_dies_each_time_is_given_up(transactions: Transactions, now: datetime) -> None:
    task_id = uuid4()
    assert [begin(transactions, task_id, now) for _ in range(TRIES + 2)] == [True] * TRIES + [False] * 2
    task = find(transactions, task_id)
    assert task is not None
    assert (task.given_up_at, task.fault) == (now, "process lost")


def test_of_one_work_there_is_one_letter(transactions: Transactions, now: datetime) -> None:
    first = given_up(transactions, now)
    second = given_up(transactions, now + 2 * REST)
    assert find(transactions, first) is None
    assert find(transactions, second) is not None


def test_lost_and_failed_tasks_are_asked_for_again_and_others_not(transactions: Transactions, now: datetime) -> None:
    running, lost, failed, unreadable = uuid4(), uuid4(), uuid4(), uuid4()
    begin(transactions, lost, now - timedelta(minutes=10))
    begin(transactions, running, now)
    begin(transactions, failed, now)
    fail(transactions, failed, now)
    with transactions() as session:
        refuse_task(session, unreadable, "?", "unknown task", now=now)
    with transactions() as session:
        found = [task.id for task in list_lost(session, longest=timedelta(minutes=6), now=now)]
    assert found == [lost, failed]
