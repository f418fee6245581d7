"""The workers and their clock, where a broker carries the work.

celery -A deploy.worker worker --concurrency 2
celery -A deploy.worker beat

A wrong setting ends the process with its one line.
"""

from __future__ import annotations

import sys
from typing import Any

from celery.signals import setup_logging

from deploy.shared_figures import share_figures
from settings import LogFormat, settings_or_exit

settings = settings_or_exit()
share_figures(settings.data_dir)

from app import create_app  # noqa: E402 - after the counters know where they are kept
from jobs.carrier import Carrier  # noqa: E402
from logs import start_logging  # noqa: E402
from server import works_of  # noqa: E402
from services import NAME  # noqa: E402

if settings.broker_url is None:
    sys.exit("BROKER_URL: without it the web server does the work itself; write amqp://... or redis://...")


def _log_as_the_server_does(**_signal: Any) -> None:
    start_logging(as_json=settings.log_format is LogFormat.JSON)


setup_logging.connect(_log_as_the_server_does, weak=False)

services = create_app(settings).extensions[NAME]
celery = Carrier(services, [work for work in works_of(services) if not work.needs_faces]).celery
