"""How gunicorn serves the application: processes with threads; faces have worker processes of their own."""

from __future__ import annotations

import gc
import os
import signal
import threading
from typing import Any

import click
from gunicorn.systemd import sd_notify  # type: ignore[import-untyped]  # it brings no types

from deploy.camera_worker import LEFT_FOR_OTHERS
from deploy.shared_figures import share_figures
from deploy.whole_bodies import WholeBodies
from settings import LogFormat, settings_or_exit

settings = settings_or_exit()
share_figures(settings.data_dir)

from jobs.rounds import Rounds  # noqa: E402 - after the counters know where they are kept
from logs import start_logging  # noqa: E402
from server import works_of  # noqa: E402
from services import NAME  # noqa: E402

# in development anybody may log in as anybody invented: reachable from this machine alone
bind = f"{'0.0.0.0' if settings.in_production else '127.0.0.1'}:{settings.port}"  # noqa: S104 - behind a proxy  # nosec B104
workers = settings.web_processes
worker_class = "deploy.camera_worker.CameraWorker"
# a thread waits while a worker process looks at its picture, and costs nothing then; some are left for everybody else
threads = settings.face_workers * settings.face_places + LEFT_FOR_OTHERS
# loaded before the fork: a wrong setting ends the server with its one line instead of starting it again and again
preload_app = True
control_socket_disable = True
# asked to stop, it takes nothing new and answers what it has; a video may be looked at for so long
graceful_timeout = settings.face_video_seconds + 5
_rounds: list[Rounds] = []


def when_ready(server: Any) -> None:
    """Print where to go, and set aside what was loaded before the processes are forked.

    A full collection of Python's walked all of it: a tenth of a second in the middle of somebody's request.
    """
    gc.collect()
    gc.freeze()
    click.echo(f"\n== open {settings.public_base_url}/ in a browser\n")
    if server.master_pid:
        _take_over(server)


def _take_over(server: Any) -> None:
    """Let the server before, which started this one on USR2, end what it has; both listen at the same socket.

    SIGHUP would fork the application that was loaded at the start once more: the release before.
    """
    sd_notify(f"MAINPID={os.getpid()}", server.log)  # systemd would take the end of that one for the end of all
    os.kill(server.master_pid, signal.SIGTERM)


def post_worker_init(worker: Any) -> None:
    """Refuse broken bodies, start the face workers before they are needed, and the rounds of what goes on by itself."""
    start_logging(as_json=settings.log_format is LogFormat.JSON)
    worker.wsgi = WholeBodies(worker.wsgi)
    services = worker.app.callable.extensions[NAME]
    threading.Thread(target=services.faces.is_ready, daemon=True).start()
    works = [work for work in works_of(services) if work.needs_faces or settings.broker_url is None]
    _rounds.append(Rounds(works, services.clock))
    _rounds[0].start()


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Let the piece of work at hand end."""
    for rounds in _rounds:
        rounds.stop()
