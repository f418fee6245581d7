"""Figures for /metrics that more than one floor brings about. Labels are names of ours, never free text.

Counters of several processes are summed where each server keeps them in a folder (`deploy/shared_figures.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram
from sqlalchemy import event

from models import Attempt, Certification, OutboxMessage
from models.attempt import AttemptStatus
from models.certification import Channel
from models.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Callable

CERTIFICATIONS = Counter(
    "pension_certifications",
    "What certifying came to: certified by people and staff, by method, or else what became of an attempt by face",
    ["outcome", "method"],
)
ENGINE_SECONDS = Histogram(
    "pension_engine_seconds",
    "Time of one call of the face engine, with its wait for a worker, by step",
    ["step"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
TASKS = Counter("pension_tasks", "Pieces of work that workers did", ["work", "outcome"])
_NOT_CERTIFIED = frozenset({AttemptStatus.RETRY, AttemptStatus.REVIEW, AttemptStatus.REFUSED})
_told: list[Callable[[], None]] = []


def tell_of_messages(tell: Callable[[], None]) -> None:
    """Let `tell` be called whenever a message out is written, in the thread that writes it."""
    _told.append(tell)


def observe_engine(step: str, seconds: float) -> None:
    """Note how long a call of the engine took."""
    ENGINE_SECONDS.labels(step).observe(seconds)


# Counted as rows are written: a transaction that fails after that is counted too, which is rare and no harm to a rate.
def _count_certification(_mapper: object, _connection: object, row: Certification) -> None:
    CERTIFICATIONS.labels("certified", row.channel.value).inc()


def _count_attempt(_mapper: object, _connection: object, row: Transition) -> None:
    if row.subject_kind == Attempt.__name__ and row.new in _NOT_CERTIFIED:
        CERTIFICATIONS.labels(row.new, Channel.SELF_SERVICE.value).inc()


def _tell(_mapper: Any, _connection: Any, _row: OutboxMessage) -> None:
    for tell in _told:
        tell()


event.listen(Certification, "after_insert", _count_certification)
event.listen(Transition, "after_insert", _count_attempt)
event.listen(OutboxMessage, "after_insert", _tell)
