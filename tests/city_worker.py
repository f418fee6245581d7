"""The workers as a fault test runs them: those of `deploy.worker`, a clock that is moved, and one poisonous work."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from celery.signals import setup_logging

from deploy.shared_figures import share_figures
from settings import settings_or_exit

settings = settings_or_exit()
share_figures(settings.data_dir)

from app import create_app  # noqa: E402
from jobs.carrier import Carrier  # noqa: E402
from jobs.rounds import Work  # noqa: E402
from logs import start_logging  # noqa: E402
from server import works_of  # noqa: E402
from services import NAME  # noqa: E402
from tests.city_app import MovedClock  # noqa: E402

if TYPE_CHECKING:
    from datetime import datetime


def _log(**_signal: Any) -> None:
    start_logging(as_json=True)


def _kill_this_process(_now: datetime) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


setup_logging.connect(_log, weak=False)
services = create_app(settings, clock=MovedClock()).extensions[NAME]
works = [work for work in works_of(services) if not work.needs_faces]
# nobody asks for it but a test
works.append(Work("poison", _kill_this_process, every=timedelta(days=1)))
celery = Carrier(services, works).celery
