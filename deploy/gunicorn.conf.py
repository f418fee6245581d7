"""How gunicorn serves the application: one process with threads; faces have worker processes of their own."""

from __future__ import annotations

import threading
from typing import Any

import click

from app import works_of
from jobs.rounds import Rounds
from services import NAME
from settings import settings_or_exit

settings = settings_or_exit()

# in development anybody may log in as anybody invented: reachable from this machine alone
bind = f"{'0.0.0.0' if settings.in_production else '127.0.0.1'}:{settings.port}"  # noqa: S104 - behind a proxy
workers = 1
worker_class = "gthread"
# a thread waits while a worker process looks at its picture, and costs nothing then
threads = settings.face_workers * 4 + 8
# loaded before the fork: a wrong setting ends the server with its one line instead of starting it again and again
preload_app = True
control_socket_disable = True


def when_ready(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Print where to go."""
    click.echo(f"\n== open {settings.public_base_url}/ in a browser\n")


def post_worker_init(worker: Any) -> None:
    """Start the face workers before the first person needs them, and the rounds of what goes on by itself."""
    services = worker.app.callable.extensions[NAME]
    threading.Thread(target=services.faces.is_ready, daemon=True).start()
    Rounds(works_of(services), services.clock).start()
