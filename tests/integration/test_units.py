"""What the units of deploy/systemd do, as far as it can be tried without systemd."""

from __future__ import annotations

import os
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from models import AuditEntry
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault import Vault
from tests.audit import act, tamper
from tests.conftest import DATA_KEY
from tests.databases import migrated_url

if TYPE_CHECKING:
    from datetime import datetime

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"


def unit(name: str) -> dict[str, str]:
    """The [Service] section of a unit."""
    read = ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's documentation says
    read.read_string((UNITS / name).read_text())
    return dict(read["Service"])


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return kept | {"DATA_DIR": str(tmp_path), "DATA_KEY": DATA_KEY}


def run(name: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Do what systemd would: it reads $$ as $ and %% as %."""
    command = unit(name)["ExecStart"].replace("$$", "$").replace("%%", "%")
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
