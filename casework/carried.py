"""Tasks on their way through a broker: counted when they begin, forgotten when done, given up after so many tries.

The broker may deliver a task twice, and a process may die with it: what counts is written here. A task that is given
up (a dead letter) stays until somebody of the city settles it or the same work goes well again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from models import CarriedTask
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor

# A work that was given up is tried this often until it goes well: it may be one message that kills every process.
REST = timedelta(minutes=1)
RECOVERED = "went well again"
BATCH = 100
_GIVEN_UP = CarriedTask.given_up_at.is_not(None)
_STANDS = and_(_GIVEN_UP, CarriedTask.settled_at.is_(None))
# What was refused before it was tried is garbage, and says nothing of the work it names.
_WAS_TRIED = CarriedTask.tries > 0


def begin_task(
    session: Session,
    task_id: uuid.UUID,
    work: str,
    *,
    asked_for: datetime,
    request_id: str | None,
    tries: int,
    now: datetime,
) -> bool:
    """Write down that a task begins; return whether it may. One that was begun `tries` times is given up instead.

    Work that was given up lately rests: the caller drops the task, and the next round asks again.
    """
    task = session.get(CarriedTask, task_id)
    if task is None:
        if _rests(session, work, now):
            return False
        task = CarriedTask(id=task_id, work=work, request_id=request_id, asked_for=asked_for, tries=0, began_at=now)
        try:
            with session.begin_nested():
                session.add(task)
        except IntegrityError:
            return False  # the same task is begun elsewhere at this moment
    if task.given_up_at is not None:
        return False
    if task.tries >= tries:
        # its last try never ended: whatever it meets ends the process
        _give_up(session, task, task.fault or "process lost", now)
        return False
    task.tries += 1
    task.began_at, task.ended_at = now, None
    return True


def end_task(session: Session, task_id: uuid.UUID, work: str, *, now: datetime) -> None:
    """Forget a task that is done, and settle what failed of the same work before it began to go well.

    Garbage in its name stays: somebody is to find out who writes there.
    """
    session.execute(delete(CarriedTask).where(CarriedTask.id == task_id))
    session.execute(
        update(CarriedTask)
        .where(CarriedTask.work == work, _WAS_TRIED, _STANDS)
        .values(settled_at=now, settled_by=RECOVERED)
    )


def fail_task(session: Session, task_id: uuid.UUID, fault: str, *, tries: int, now: datetime) -> None:
    """Write down how a try failed; after the last one the task is given up."""
    task = session.get(CarriedTask, task_id)
    if task is None:
        return
    task.ended_at, task.fault = now, fault[:64]
    if task.tries >= tries:
        _give_up(session, task, fault, now)


def refuse_task(session: Session, task_id: uuid.UUID, name: str, fault: str, *, now: datetime) -> None:
    """Keep a message that names no work of ours, or cannot be read, as a dead letter."""
    if session.get(CarriedTask, task_id) is None:
        task = CarriedTask(id=task_id, work=name[:64], asked_for=now, tries=0, began_at=now)
        session.add(task)
        _give_up(session, task, fault, now)


def list_lost(session: Session, *, longest: timedelta, now: datetime) -> Sequence[CarriedTask]:
    """Return tasks that nobody carries any more: failed and to be tried again, or begun so long ago that it died."""
    return session.scalars(
        select(CarriedTask)
        .where(
            CarriedTask.given_up_at.is_(None),
            or_(CarriedTask.ended_at.is_not(None), CarriedTask.began_at < now - longest),
        )
        .order_by(CarriedTask.began_at)
        .limit(BATCH)
    ).all()


def list_dead_letters(session: Session, *, all_since: datetime) -> Sequence[CarriedTask]:
    """Return dead letters that are not settled, and those settled since a moment: what failed, then what was garbage.

    Of each the newest first, and no more than fit a page: garbage pushes no fault off it.
    """
    return session.scalars(
        select(CarriedTask)
        .where(_GIVEN_UP, or_(CarriedTask.settled_at.is_(None), CarriedTask.settled_at >= all_since))
        .order_by(_WAS_TRIED.desc(), CarriedTask.given_up_at.desc())
        .limit(BATCH)
    ).all()


def count_dead_letters(session: Session) -> int:
    """Return how many dead letters wait for somebody."""
    return session.scalar(select(func.count()).where(_STANDS)) or 0


def settle_dead_letter(session: Session, task_id: uuid.UUID, *, actor: Actor, now: datetime) -> CarriedTask:
    """Settle a dead letter; what it asked for is asked for again by the caller or left. Raises Refusal."""
    task = session.get(CarriedTask, task_id, with_for_update=True)
    if task is None or task.given_up_at is None:
        raise Refusal("not_found")
    if task.settled_at is None:
        task.settled_at, task.settled_by = now, actor.name
        record(session, actor, "dead_letter.settle", task, now=now, reason=task.work)
    return task


def _rests(session: Session, work: str, now: datetime) -> bool:
    # by garbage anybody who reaches the broker could stop it
    latest = session.scalar(
        select(func.max(CarriedTask.given_up_at)).where(CarriedTask.work == work, _WAS_TRIED, _STANDS)
    )
    return latest is not None and latest > now - REST


def _give_up(session: Session, task: CarriedTask, fault: str, now: datetime) -> None:
    """Make a dead letter of a task; of one work there is one, which the next one brings up to date.

    What was refused untried and what failed are kept apart: garbage does not hide a fault.
    """
    session.flush()
    session.execute(
        delete(CarriedTask).where(
            CarriedTask.work == task.work,
            CarriedTask.id != task.id,
            _WAS_TRIED if task.tries else ~_WAS_TRIED,
            _STANDS,
        )
    )
    task.fault, task.given_up_at = fault[:64], now
