"""`/healthz`: this process answers. `/readyz`: it can serve people - database, migrations and face model are there.

`/metrics`: figures for Prometheus, without persons; a proxy in front shows it to nobody outside.
"""

from __future__ import annotations

import os

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from api.guards import public
from models import schema
from models.retired_key import recall_retired
from services import services

health = Blueprint("health", __name__)
health.before_request(public)


@health.get("/healthz")
def healthz() -> Response:
    """Answer that the process is alive; looks at nothing else, so that a slow database does not restart it."""
    return jsonify(status="alive")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 when people can be served and 503 when not, with what is missing."""
    checks = {**_database(), "faces": services().faces.is_ready()}
    ready = all(checks.values())
    return jsonify(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503


def _database() -> dict[str, bool]:
    try:
        with services().transactions() as session:
            is_at_head = schema.is_at_head(session.connection())
            if is_at_head:
                # a process that started while the database was out of reach learns of earlier keys here
                recall_retired(session, services().vault)
            return {"database": True, "migrations": is_at_head}
    except SQLAlchemyError:
        return {"database": False, "migrations": False}


@health.get("/metrics")
def metrics() -> Response:
    """Answer the figures of this process, or of all where PROMETHEUS_MULTIPROC_DIR names a folder they share."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it is untyped
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
