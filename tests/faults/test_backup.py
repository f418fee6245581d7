"""A backup taken while everybody works restores into a system that agrees with itself."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from certification.evidence import FolderStore
from models import Certification, InboxMessage
from models.session import Transactions, open_database
from settings import Settings
from tests.city import City
from tests.databases import KINDS, scratch_url
from tests.faults.people import gather
from tests.faults.state import examine, holds_all

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=KINDS)
def two_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases: one to serve from, one to restore into."""
    with scratch_url(request.param, tmp_path) as one, scratch_url(request.param, tmp_path) as other:
        yield one, other


def backup(action: str, folder: Path, city: City) -> str:
    command = [str(ROOT / "deploy" / "backup"), action, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=city.environ, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_works_under_load(tmp_path: Path, two_urls: tuple[str, str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    city, restored = City(tmp_path / "one", two_urls[0]), City(tmp_path / "other", two_urls[1])
    city.flask("database", "upgrade")
    crowd = gather(city, 6, 60)
    city.start("web")

    def take() -> None:
        while crowd.answers[200] < 10:
            time.sleep(0.05)
        told = backup("take", tmp_path / "backup", city)
        assert "take: done in" in told

    try:
        crowd.go(take)
    finally:
        city.stop()
    engine = open_database(city.database_url)
    holds_all(crowd, Transactions(engine))
    engine.dispose()

    told = backup("restore", tmp_path / "backup", restored)
    assert "restore: done in" in told
    restored.flask("audit", "seal")
    findings = examine(restored)
    # who was in the middle of an attempt goes on or is ended by the service, once it serves again
    assert set(findings) <= {"picture_orphaned"}
    engine = open_database(restored.database_url)
    with Transactions(engine)() as session:
        certified = session.scalar(select(func.count()).select_from(Certification)) or 0
        heard = session.scalar(select(func.count()).select_from(InboxMessage)) or 0
    engine.dispose()
    assert certified <= 6
    assert heard + certified > 0, "nothing was there yet: the test proves nothing"


def test_it_never_writes_over_anything_and_takes_no_torn_backup(tmp_path: Path) -> None:
    city = City(tmp_path, f"sqlite:///{tmp_path / 'pension.sqlite3'}")
    city.flask("database", "upgrade")
    folder = tmp_path / "backup"
    backup("take", folder, city)

    def refused(action: str) -> bool:
        command = [str(ROOT / "deploy" / "backup"), action, str(folder)]
        return subprocess.run(command, cwd=ROOT, env=city.environ, check=False, capture_output=True).returncode != 0

    assert refused("take"), "a backup was written over another"
    assert refused("restore"), "a database was written over"
    (tmp_path / "pension.sqlite3").unlink()
    (folder / "database.sqlite3").write_bytes(b"torn")
    assert refused("restore"), "half a backup was restored"


def asked(action: str, folder: Path, environ: dict[str, str], *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, str(ROOT / "deploy" / "backup"), action, str(folder)]
    return subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)


def test_it_finds_what_the_settings_name_however_they_name_it(tmp_path: Path) -> None:
    one, other = tmp_path / "数据 1", tmp_path / "数据 2"
    for place in (one, other):
        place.mkdir()
    city = City(one, f"sqlite:///{one / 'pension.sqlite3'}")
    city.flask("database", "upgrade")
    settings = Settings.read(city.environ)
    where = settings.evidence_place()
    assert isinstance(where, Path)
    assert where.is_relative_to(one)
    FolderStore(where).put("ab12", b"sealed")
    for name, value in (("DATABASE_URL", city.database_url), ("EVIDENCE_URL", where.as_uri())):
        (tmp_path / name).write_text(value)
    files = {f"{name}_FILE": str(tmp_path / name) for name in ("DATABASE_URL", "EVIDENCE_URL")}
    kept = {name: value for name, value in city.environ.items() if name not in {"DATABASE_URL", "DATA_DIR"}}
    taken = asked("take", tmp_path / "backup", kept | files)
    assert taken.returncode == 0, taken.stderr
    restored = City(other, f"sqlite:///{other / 'pension.sqlite3'}")
    backup("restore", tmp_path / "backup", restored)
    assert FolderStore(other / "evidence").get("ab12") == b"sealed"


def test_what_is_no_database_of_ours_is_no_backup(tmp_path: Path, two_urls: tuple[str, str]) -> None:
    city = City(tmp_path, two_urls[0])
    refused = asked("take", tmp_path / "backup", city.environ)
    assert refused.returncode != 0
    assert refused.stderr.startswith("DATABASE_URL: ")
    assert not (tmp_path / "backup" / "SHA256SUMS").exists()


def test_a_picture_that_cannot_be_read_is_no_backup(tmp_path: Path) -> None:
    city = City(tmp_path, f"sqlite:///{tmp_path / 'pension.sqlite3'}")
    city.flask("database", "upgrade")
    FolderStore(tmp_path / "evidence").put("ab12", b"sealed")
    (tmp_path / "evidence" / "ab" / "ab12").chmod(0)
    # root reads everything, unless it is told not to
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    refused = asked("take", tmp_path / "backup", city.environ, *without)
    assert refused.returncode != 0
    assert "not every picture could be read" in refused.stderr
    assert not (tmp_path / "backup" / "SHA256SUMS").exists()
