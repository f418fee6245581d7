"""A real server process on a database of its own, with real face workers, and a known challenge.

`python -m tests.live_server ACTION ACTION ...` serves with the settings in the environment.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
HOURS = {"QUIET_FROM_HOUR": "0", "QUIET_TO_HOUR": "0", "NIGHT_RUN_HOUR": "23"}
START_SECONDS = 60


@dataclass
class LiveServer:
    """A server that can be stopped and started again on the same database and port."""

    folder: Path
    actions: Sequence[str]
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The settings: also for commands that work on the same database."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "CI"}}
        ours = {"DATA_DIR": str(self.folder), "PORT": str(self.port), "FACE_WORKERS": "2"}
        # its clock is the machine's: no quiet hours, or tests would wait for the morning, and no night run in them
        return kept | ours | HOURS | self.extra

    def flask(self, *arguments: str) -> str:
        """Run a `flask` command on the same database and return what it prints."""
        command = [sys.executable, "-m", "flask", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, check=True, capture_output=True, text=True)
        return done.stdout

    def start(self) -> None:
        """Start, and wait until it is ready for people."""
        command = [sys.executable, "-m", "tests.live_server", *self.actions]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
        give_up_at = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up_at:
            try:
                with urlopen(f"{self.address}/readyz", timeout=START_SECONDS):
                    return
            except (URLError, ConnectionError):
                time.sleep(0.2)
        raise TimeoutError((self.folder / "server.log").read_text())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop; with SIGKILL as if the machine had failed."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None


def load_demonstration(folder: Path, faces: Path) -> None:
    """Make what a server begins with in its `folder`: a database with the demonstration people of those photographs."""
    loader = LiveServer(folder, (), 0, {"PORT": "8000", "DEMO_FACES_DIR": str(faces)})
    loader.flask("database", "upgrade")
    loader.flask("demo", "load", "--retirees", "0")


@contextmanager
def live_server(folder: Path, actions: Sequence[str], **extra: str) -> Iterator[LiveServer]:
    """Yield a running server on the database in `folder`; `extra` are more settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = LiveServer(folder, actions, port, extra)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def main(actions: Sequence[str]) -> None:
    """Serve on PORT until stopped."""
    from werkzeug.serving import make_server  # noqa: PLC0415 - only in the server's own process

    from app import create_app  # noqa: PLC0415
    from certification.face.types import Action  # noqa: PLC0415
    from jobs.rounds import Rounds  # noqa: PLC0415
    from server import works_of  # noqa: PLC0415
    from services import NAME  # noqa: PLC0415
    from tests.fakes.chance import KnownChance  # noqa: PLC0415

    chance = KnownChance([Action(action) for action in actions]) if actions else None
    app = create_app(challenge_random=chance)
    services = app.extensions[NAME]
    Rounds(works_of(services), services.clock, rest_seconds=0.2).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
