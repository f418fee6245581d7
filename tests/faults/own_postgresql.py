"""A PostgreSQL server of a test's own, that it may kill and start again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tests.brokers import free_port
from tests.databases import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60


class OwnPostgresql:
    """One server in a folder of its own. PostgreSQL refuses to run as root: there the user `postgres` runs it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self.port = free_port()
        as_root = os.geteuid() == 0
        self._user = pwd.getpwnam("postgres") if as_root else None
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "--no-sync")
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until it lets people in."""
        where = ["-D", str(self._folder / "data"), "-p", str(self.port), "-k", str(self._folder)]
        command = [str(self._programs / "postgres"), *where, "-c", "listen_addresses=127.0.0.1"]
        with (self._folder / "postgresql.log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, **self._as_user())
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=3).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT throws everybody out; SIGQUIT as if the machine had failed."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(timeout=60)
            self._server = None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, **self._as_user())

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


@contextmanager
def own_postgresql() -> Iterator[OwnPostgresql]:
    """Yield a running server, gone afterwards with everything in it."""
    found = shutil.which("postgres") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None)
    if found is None:
        missing("PostgreSQL's server programs are not installed: tests that kill a database are left out")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        made = OwnPostgresql(Path(folder), Path(found).resolve().parent)
        made.start()
        try:
            yield made
        finally:
            made.stop()
