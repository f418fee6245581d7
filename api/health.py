"""`/healthz`: this process answers. `/readyz`: it can serve people - database, migrations and face model are there.

`/metrics`: figures for Prometheus, without persons; a proxy in front shows it to nobody outside.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from api.guards import public
from casework.waiting import count_waiting
from models import schema
from services import services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

health = Blueprint("health", __name__)
health.before_request(public)


@health.get("/healthz")
def healthz() -> Response:
    """Answer that the process is alive; looks at nothing else, so that a slow database does not restart it."""
    return jsonify(status="alive")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 when people can be served and 503 when not, with what is missing."""
    checks = {**_database(), **_broker(), "faces": services().faces.is_ready()}
    ready = all(checks.values())
    return jsonify(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503


def _database() -> dict[str, bool]:
    try:
        with services().transactions() as session:
            return {"database": True, "migrations": schema.is_at_head(session.connection())}
    except SQLAlchemyError:
        return {"database": False, "migrations": False}


def _broker() -> dict[str, bool]:
    """Say whether the broker answers; nothing where there is none."""
    try:
        return {} if services().count_tasks() is None else {"broker": True}
    except Exception:  # noqa: BLE001 - each broker has errors of its own
        return {"broker": False}


@health.get("/metrics")
def metrics() -> Response:
    """Answer the figures of this process, or of all servers that keep theirs in folders beside each other.

    How much waits is read from the database and the broker at this moment; what cannot be read is left out.
    """
    registry: CollectorRegistry = REGISTRY
    if own := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        registry.register(_Together(Path(own).parent))
    waiting = CollectorRegistry()
    waiting.register(_Waiting())
    return Response(generate_latest(registry) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


class _Together(Collector):
    """The counters of all servers: each has a folder of its own (`deploy/shared_figures.py`)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def collect(self) -> Iterator[Metric]:
        """Yield the sums."""
        files = [str(file) for file in self._root.glob("*/*.db")]
        yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # it is untyped


class _Waiting(Collector):
    """How much waits, by queue."""

    def collect(self) -> Iterator[Metric]:
        """Yield the one gauge."""
        gauge = GaugeMetricFamily("pension_waiting", "How much waits, by queue", labels=["queue"])
        with suppress(SQLAlchemyError), services().transactions() as session:
            for queue, count in count_waiting(session).items():
                gauge.add_metric([queue], count)
        with suppress(Exception):
            tasks = services().count_tasks()
            if tasks is not None:
                gauge.add_metric(["broker"], tasks)
        yield gauge
