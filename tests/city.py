"""A city's shape on this machine: web server, workers and their clock as real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]  # it brings no types

from tests.brokers import free_port
from tests.conftest import DATA_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
HOURS = {"QUIET_FROM_HOUR": "0", "QUIET_TO_HOUR": "0", "NIGHT_RUN_HOUR": "23"}
START_SECONDS = 120
WECHAT = {
    "WECHAT_TOKEN": "tokenoftests",
    "WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
# The real parts, with the faces of a test and a clock that it moves.
PARTS = {
    "web": [
        str(Path(sys.executable).with_name("gunicorn")),
        "--config",
        "deploy/gunicorn.conf.py",
        "tests.city_app:create()",
    ],
    "worker": ["-m", "celery", "-A", "tests.city_worker", "worker", "--concurrency", "2"],
    "beat": ["-m", "celery", "-A", "tests.city_worker", "beat"],
}


@dataclass
class City:
    """The parts that run, with the settings they share. `given` are further settings."""

    folder: Path
    database_url: str
    given: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The settings: also for commands that work on the same database."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "CI"}}
        ours = {"DATA_DIR": str(self.folder), "DATA_KEY": DATA_KEY, "DATABASE_URL": self.database_url}
        ours |= {"PORT": str(self.port), "FACE_WORKERS": "1", "LOG_FORMAT": "json"}
        # its clock is the machine's: no quiet hours, or tests would wait for the morning, and no night run in them
        return kept | ours | WECHAT | HOURS | self.given

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def flask(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `flask` command with the same settings."""
        command = [sys.executable, "-m", "flask", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environ, check=check, capture_output=True, text=True)

    def start(self, *names: str) -> None:
        """Start parts, each with a log and a process group of its own, and wait until they do their work."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.parts[name] = subprocess.Popen(
                    [sys.executable, *PARTS[name]],
                    cwd=ROOT,
                    env=self.environ,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in names:
            self.wait_until(self.answers, "the web server does not answer")
        if "worker" in names:
            self.wait_until(lambda: len(self.children("worker")) >= 2, "the workers do not start")

    def answers(self) -> bool:
        """Say whether the web server is alive."""
        try:
            with urlopen(f"{self.address}/healthz", timeout=5):
                return True
        except (URLError, ConnectionError, TimeoutError, OSError):
            return False

    def children(self, name: str) -> list[psutil.Process]:
        """Return the processes below a part's first one that are alive, face workers and helpers left out."""
        try:
            below = psutil.Process(self.parts[name].pid).children()
        except psutil.NoSuchProcess:
            return []
        wanted = {"web": "gunicorn", "worker": "celery"}[name]
        found = []
        for one in below:
            try:
                if one.status() != psutil.STATUS_ZOMBIE and wanted in " ".join(one.cmdline()):
                    found.append(one)
            except psutil.NoSuchProcess:
                continue
        return found

    def kill(self, name: str) -> None:
        """Kill a part with everything below it, as if its machine had failed."""
        process = self.parts.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    def stop(self, *names: str) -> None:
        """Ask parts to stop and wait for them; without names, every one that runs."""
        stopped = [(name, self.parts.pop(name)) for name in names or tuple(self.parts)]
        for _, process in stopped:
            process.terminate()
        for name, process in stopped:
            try:
                process.wait(timeout=10 if name == "beat" else 60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=30)
                # it holds nothing, and its unit has it killed after so long
                if name != "beat":
                    raise

    def wait_until(self, holds: Callable[[], bool], otherwise: str, seconds: float = START_SECONDS) -> None:
        """Wait until something holds; fail with the logs when it never does."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            if holds():
                return
            time.sleep(0.2)
        told = [f"== {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log"))]
        raise AssertionError("\n".join([otherwise, *told]))
