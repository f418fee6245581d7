"""The Celery application: it carries the works of `server.works_of` to workers and knows nothing of what they do.

A message names a work and the moment it is asked for. It is acknowledged when the work is done; what a try came to is
written in the database (`casework.carried`), so that a copy, a lost process or a lost message changes nothing.
"""

from __future__ import annotations

import logging
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from amqp.exceptions import NotFound
from celery import Celery
from celery.beat import BeatLazyFunc
from celery.signals import task_unknown, worker_process_init
from kombu import Exchange, Queue
from sqlalchemy import Engine

from casework.carried import begin_task, end_task, fail_task, list_lost, refuse_task
from counters import TASKS
from jobs.rounds import SELDOM, Work
from logs import bound_request, current_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services import Services

CARRY = "carry"
# A task for people overtakes every other one; a broker of either kind is told by the number it understands.
PEOPLE, NIGHT = 9, 0
# After so long a work lets others in between and is asked for again, so that a night run keeps nobody waiting.
SLICE_SECONDS = 5.0
# Between the gentle end of a piece of work that takes too long and the end of its process.
GRACE_SECONDS = 30
BROKER_SECONDS = 3
_log = logging.getLogger(__name__)


class Carrier:
    """The works of one service as tasks of one Celery application."""

    def __init__(self, services: Services, works: Sequence[Work]) -> None:
        self._services = services
        self._works = {work.name: work for work in (*works, Work("ask_lost_again", self.ask_lost_again, SELDOM / 2))}
        self.celery = configure(services)

        # Celery makes a class of it, with this as a method: no bound method of ours will do
        def carry(task: Any, name: str = "", asked_for: str = "", **_others: object) -> None:
            self._carry(task.request, name, asked_for)

        self.celery.task(name=CARRY, bind=True)(carry)
        self.celery.conf.beat_schedule = {
            work.name: {
                "task": CARRY,
                "schedule": work.every,
                "args": (work.name,),
                "kwargs": {"asked_for": BeatLazyFunc(lambda: services.clock.now().isoformat())},
                # asked for anew before it is old: while no worker runs, nothing piles up
                "options": {"priority": self._priority(work), "expires": 3 * work.every.total_seconds()},
            }
            for work in self._works.values()
        }
        task_unknown.connect(self._keep_unknown, weak=False)
        worker_process_init.connect(self._forget_connections, weak=False)

    def ask(self, name: str, *, task_id: uuid.UUID | None = None, request_id: str | None = None) -> None:
        """Ask for a work now. Raises kombu's OperationalError, OSError when the broker is out of reach."""
        asking = self.celery.tasks[CARRY]
        asking.apply_async(
            (name,),
            {"asked_for": self._services.clock.now().isoformat()},
            task_id=str(task_id or uuid.uuid4()),
            priority=self._priority(self._works[name]),
            headers={"request": request_id},
            retry=False,
        )

    def ask_lost_again(self, now: datetime) -> int:
        """Ask again for tasks that failed, or whose process or message is gone; return how many."""
        longest = timedelta(seconds=self._services.settings.task_seconds + 2 * GRACE_SECONDS)
        with self._services.transactions() as session:
            lost = [(task.id, task.work, task.request_id) for task in list_lost(session, longest=longest, now=now)]
        for task_id, name, request_id in lost:
            if name in self._works:
                self.ask(name, task_id=task_id, request_id=request_id)
            else:
                # an older release asked for what this one does not have
                with self._services.transactions() as session:
                    fail_task(session, task_id, "no such work", tries=0, now=now)
        return 0

    def count_waiting(self) -> int:
        """Return how many tasks wait in the broker. Raises what the broker's library raises when it is out of reach."""
        with self.celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
            channel = connection.default_channel
            name = self._services.settings.broker_queue
            if connection.transport.driver_type == "redis":
                return int(channel._size(name))  # noqa: SLF001 - kombu sums up its lists of one queue here alone
            try:
                return int(channel.queue_declare(name, passive=True).message_count)
            except NotFound:
                return 0  # the first worker to come makes the queue

    def _carry(self, message: Any, name: str, asked_for: str) -> None:
        with bound_request((message.headers or {}).get("request")):
            try:
                work, moment = self._works[name], datetime.fromisoformat(asked_for).astimezone(UTC)
            except (KeyError, TypeError, ValueError, OverflowError):
                self._refuse(str(name), "not readable")
            else:
                self._do(uuid.UUID(message.id), work, moment)

    def _do(self, task_id: uuid.UUID, work: Work, asked_for: datetime) -> None:
        clock, transactions = self._services.clock, self._services.transactions
        tries = self._services.settings.task_tries
        with transactions() as session:
            request_id, now = current_request(), clock.now()
            if not begin_task(
                session, task_id, work.name, asked_for=asked_for, request_id=request_id, tries=tries, now=now
            ):
                return
        started = time.monotonic()
        more = True
        try:
            while more and time.monotonic() - started < SLICE_SECONDS:
                # done for the moment when it is done, whatever a message says: a night of next year is not run today
                more = work.go(clock.now()) > 0
        except Exception as fault:  # noqa: BLE001 - whatever it was, it is counted, and told by its kind alone
            _log.error("task failed: %s in %s", type(fault).__name__, work.name)
            TASKS.labels(work.name, "failed").inc()
            with transactions() as session:
                fail_task(session, task_id, type(fault).__name__, tries=tries, now=clock.now())
            return
        with transactions() as session:
            end_task(session, task_id, work.name, now=clock.now())
        TASKS.labels(work.name, "done").inc()
        _log.info("task done: %s", work.name, extra={"ms": round((time.monotonic() - started) * 1000)})
        if more:
            self.ask(work.name, request_id=request_id)

    def _keep_unknown(self, *, name: str | None = None, **_signal: object) -> None:
        """Keep a message that names no task of ours."""
        self._refuse(name or "?", "unknown task")

    def _refuse(self, name: str, fault: str) -> None:
        _log.error("a task that is none of ours: %s", fault)
        with self._services.transactions() as session:
            refuse_task(session, uuid.uuid4(), name, fault, now=self._services.clock.now())

    def _forget_connections(self, **_signal: object) -> None:
        """Leave the connections that a fork copied to the process they belong to."""
        if isinstance(self._services.database, Engine):
            self._services.database.dispose(close=False)

    def _priority(self, work: Work) -> int:
        number = PEOPLE if work.for_people else NIGHT
        # Redis's lists are emptied from the lowest number on, RabbitMQ's queue from the highest
        return number if (self._services.settings.broker_url or "").startswith("amqp") else PEOPLE - number


def configure(services: Services) -> Celery:
    """Return the Celery application with what every deployment needs the same."""
    settings = services.settings
    app = Celery("pension", broker=settings.broker_url, set_as_current=False)
    is_redis = (settings.broker_url or "").startswith("redis")
    longest = settings.task_seconds + GRACE_SECONDS
    queue = Queue(
        settings.broker_queue,
        Exchange(settings.broker_queue, type="direct"),
        routing_key=settings.broker_queue,
        max_priority=PEOPLE,
    )
    app.conf.update(
        task_queues=(queue,),
        task_default_queue=settings.broker_queue,
        task_default_exchange=settings.broker_queue,
        task_default_routing_key=settings.broker_queue,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_soft_time_limit=settings.task_seconds,
        task_time_limit=longest,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        # nobody commands a worker through the broker; a queue for it, locked by a line that died, would end the worker
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        broker_pool_limit=4,
        # kept in memory: what was missed while it was down is asked for again a few seconds later
        beat_scheduler="celery.beat:Scheduler",
        timezone="Asia/Shanghai",
        broker_transport_options=(
            # unacknowledged for longer than any piece of work may take: whoever held it has gone
            {
                "visibility_timeout": longest + GRACE_SECONDS,
                "priority_steps": [0, 9],
                "queue_order_strategy": "priority",
                "socket_connect_timeout": 3,
                "socket_timeout": 10,
                "socket_keepalive": True,
            }
            if is_redis
            else {"confirm_publish": True, "max_retries": 1}
        ),
    )
    return app
