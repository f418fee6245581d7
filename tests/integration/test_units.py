"""What the units of deploy/systemd do, as far as it can be tried without systemd."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url, update

from models import AuditEntry
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from tests.audit import act, tamper
from tests.brokers import scratch_broker
from tests.conftest import DATA_KEY
from tests.databases import MOST_SECONDS, migrated_url

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"


def lines_of(name: str, key: str) -> list[str]:
    """What a unit says under a key, line by line."""
    lines = (UNITS / name).read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return kept | {"DATA_DIR": str(tmp_path), "DATA_KEY": DATA_KEY}


def read_by_systemd(line: str) -> str:
    """A line as systemd reads it: $$ is $, %% is %, %H the machine's name."""
    known = {"%%": "%", "%H": socket.gethostname()}
    return re.sub(r"%.", lambda found: known[found[0]], line.replace("$$", "$"))


def run(name: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Do what systemd would."""
    [command] = (read_by_systemd(line) for line in lines_of(name, "ExecStart"))
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=ROOT, env=environ, check=False, capture_output=True, text=True
    )


def test_the_doctors_night_fails_when_the_audit_is_not_whole(
    tmp_path: Path, environ: dict[str, str], now: datetime
) -> None:
    install_vault(Vault.from_text(DATA_KEY))
    with migrated_url("sqlite", tmp_path) as url:
        environ["DATABASE_URL"] = url
        engine = open_database(url)
        rows = Transactions(engine)
        act(rows, 2, now)
        whole = run("pension-doctor.service", environ)
        assert whole.returncode == 0, whole.stdout + whole.stderr
        assert '"clean": true' in whole.stdout
        assert '"ok": true' in whole.stdout
        tamper(rows, lambda session: session.execute(update(AuditEntry).values(reason="x")))
        engine.dispose()
        broken = run("pension-doctor.service", environ)
    assert '"clean": true' in broken.stdout
    assert '"ok": false' in broken.stdout
    assert broken.returncode != 0


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_the_workers_start_as_their_units_say(tmp_path: Path, environ: dict[str, str], part: str) -> None:
    [line] = lines_of(f"pension-{part}.service", "ExecStart")
    command = read_by_systemd(line).replace("/srv/pension/app/.venv/bin", str(Path(sys.executable).parent)).split()
    with migrated_url("sqlite", tmp_path) as url, scratch_broker("redis", tmp_path) as broker:
        environ |= {"DATABASE_URL": url, "BROKER_URL": broker.url, "BROKER_QUEUE": broker.queue}
        with (tmp_path / "log").open("wb") as log:
            started = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            give_up_at = time.monotonic() + 60
            while not (has_begun := _is_at_work(broker.url)) and started.poll() is None:
                assert time.monotonic() < give_up_at
                time.sleep(0.2)
            assert has_begun, (tmp_path / "log").read_text()[-2000:]
        finally:
            started.terminate()
            started.wait(timeout=30)


def _is_at_work(broker_url: str) -> bool:
    """Say whether a worker waits for tasks at the broker, or the clock has put some into it."""
    with Redis.from_url(broker_url) as redis:
        return any("brpop" in str(client["cmd"]) for client in redis.client_list()) or bool(redis.keys("*"))


@pytest.mark.parametrize("part", ["web", "worker", "beat", "doctor"])
def test_whoever_serves_may_write_wherever_the_documents_lay_something(part: str) -> None:
    told = (ROOT / "docs" / "settings.md").read_text()
    places = set(re.findall(r"(?<![\w.])/srv/pension/[a-z]+", told))
    assert "/srv/pension/evidence" in places
    [writable] = lines_of(f"pension-{part}.service", "ReadWritePaths")
    assert places <= {one.lstrip("-") for one in writable.split()}


def test_nobody_on_the_machine_reads_the_databases_password_while_a_backup_runs(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "evidence").mkdir()
    with migrated_url("postgresql", tmp_path) as url, psycopg.connect(url) as holder:
        with_password = make_url(url).set(drivername="postgresql+psycopg", password="not-for-p@rs/to-read")
        environ["DATABASE_URL"] = with_password.render_as_string(hide_password=False)
        holder.execute("LOCK TABLE retirees IN ACCESS EXCLUSIVE MODE")  # the dump waits, and can be looked at
        backup = subprocess.Popen(
            ["deploy/backup", "take", str(tmp_path / "taken")], cwd=ROOT, env=environ, start_new_session=True
        )
        until = time.monotonic() + MOST_SECONDS
        while not (dump := _processes(backup.pid, "pg_dump")) and time.monotonic() < until:
            time.sleep(0.05)
        called_with = [(one / "cmdline").read_bytes() for one in _processes(backup.pid)]
        given = (dump[0] / "environ").read_bytes().split(b"\0")
        holder.rollback()
        assert backup.wait(timeout=60) == 0
    assert not any(b"not-for" in one for one in called_with)
    assert b"PGPASSWORD=not-for-p@rs/to-read" in given


def _processes(session_id: int, name: str = "") -> list[Path]:
    """Return what the kernel tells of the processes of a session, of those with a name alone where one is given."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (one / "stat").read_text().rpartition(")")
            if told[2].split()[3] == str(session_id) and told[0].partition("(")[2].startswith(name):
                found.append(one)
    return found


def test_the_backups_night_deletes_what_is_older_than_it_keeps(tmp_path: Path, environ: dict[str, str]) -> None:
    night = lines_of("pension-backup.service", "ExecStart")
    assert len(night) == 2, "taken, and then forgotten"
    assert night[0].startswith("/bin/sh -c 'exec deploy/backup take /srv/pension/backups/")
    forget = night[1].replace("/srv/pension/app/", f"{ROOT}/").replace("/srv/pension/backups", str(tmp_path)).split()

    def left_after(**further: str) -> set[str]:
        done = subprocess.run(forget, env=environ | further, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return {one.name for one in tmp_path.iterdir()}

    names = {days: f"{datetime.now() - timedelta(days=days):%Y%m%d}-0230" for days in (0, 8, 29, 31, 400)}  # noqa: DTZ005 - the machine's own day, as `date` has it
    others = {"before-move", "20200101", "x0200101-0230"}
    for name in {*names.values(), *others}:
        (tmp_path / name / "inside").mkdir(parents=True)
    (tmp_path / "20200101-0231").write_text("no folder")
    kept = others | {"20200101-0231"}
    assert left_after() == kept | {names[0], names[8], names[29]}
    assert left_after(BACKUP_KEEP_DAYS="7") == kept | {names[0]}
    wrong = subprocess.run(forget, env=environ | {"BACKUP_KEEP_DAYS": "0"}, check=False, capture_output=True, text=True)
    assert wrong.returncode != 0
    assert "BACKUP_KEEP_DAYS" in wrong.stderr
