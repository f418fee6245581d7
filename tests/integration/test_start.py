from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from app import create_app
from models.vault import Vault
from models.vault_check import remember_key
from services import NAME
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from sqlalchemy import Connection

    from models.session import Transactions
    from settings import Settings
    from tests.fakes.clock import StandingClock

ROOT = Path(__file__).resolve().parent.parent.parent
FLASK = Path(sys.executable).with_name("flask")
OTHER_KEY = base64.b64encode(bytes(32)).decode()


def _flask(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name not in {"FLASK_APP", "DATABASE_URL"}}
    return subprocess.run(
        [FLASK, *arguments],
        cwd=ROOT,
        env=plain | {"DATA_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_wrong_setting_ends_the_start_with_one_line(tmp_path: Path) -> None:
    done = _flask(tmp_path, "database", "upgrade", PORT="http")
    assert done.returncode == 1
    assert done.stderr.startswith("PORT: ")
    assert done.stderr.count("\n") == 1


def test_the_commands_need_no_settings_and_another_key_is_refused(tmp_path: Path) -> None:
    assert _flask(tmp_path, "database", "upgrade").returncode == 0
    assert (tmp_path / "pension.sqlite3").exists()
    done = _flask(tmp_path, "database", "upgrade", DATA_KEY=OTHER_KEY)
    assert done.returncode == 1
    assert done.stderr.startswith("DATA_KEY: it is not the key this database was begun with")
    assert done.stderr.count("\n") == 1
    assert _flask(tmp_path, "database", "upgrade").returncode == 0


def test_a_command_loads_no_pages_and_what_serves_does(tmp_path: Path) -> None:
    loaded = _flask(tmp_path, "benefits", "--help", PYTHONPROFILEIMPORTTIME="1").stderr
    assert "casework.night_run" in loaded
    assert not {"server", "redis", "celery", "wechatpy", "requests", "alembic", "cv2", "numpy"} & set(
        re.findall(r"\| +(\S+)$", loaded, re.MULTILINE)
    )
    assert "/healthz" in _flask(tmp_path, "routes").stdout


def test_a_database_begun_with_another_key_is_refused(
    settings: Settings, connection: Connection, transactions: Transactions
) -> None:
    with transactions() as session:
        remember_key(session, Vault.from_text(settings.data_key))
    create_app(settings, database=connection)
    try:
        with pytest.raises(SystemExit, match="DATA_KEY"):
            create_app(replace(settings, data_key=OTHER_KEY), database=connection)
    finally:
        create_app(settings, database=connection)  # the vault of the other tests again


def test_alive_and_ready(settings: Settings, connection: Connection, clock: StandingClock) -> None:
    faces = ScriptedFaces()
    client = create_app(settings, clock=clock, database=connection, face_workers=faces).test_client()
    assert client.get("/healthz").json == {"status": "alive"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {"status": "ready", "checks": {"database": True, "migrations": True, "faces": True}},
    )


@contextmanager
def _client(settings: Settings, faces: ScriptedFaces) -> Iterator[FlaskClient]:
    """Yield a client of an application with a database of its own, closed afterwards."""
    app = create_app(settings, face_workers=faces)
    yield app.test_client()
    database = app.extensions[NAME].database
    assert isinstance(database, Engine)
    database.dispose()


def test_not_ready_without_tables_or_faces(settings: Settings) -> None:
    class FacesThatDoNotLoad(ScriptedFaces):
        def is_ready(self) -> bool:
            return False

    with _client(settings, FacesThatDoNotLoad()) as client:
        ready = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
    assert ready.status_code == 503
    assert ready.json == {"status": "not ready", "checks": {"database": True, "migrations": False, "faces": False}}


def test_an_unreachable_database_stops_readiness_and_not_life(settings: Settings) -> None:
    nowhere = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    with _client(nowhere, ScriptedFaces()) as client:
        ready = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
    assert ready.status_code == 503
    assert ready.json is not None
    assert ready.json["checks"] == {"database": False, "migrations": False, "faces": True}


def test_a_command_before_the_tables_are_made_says_what_to_do(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,id_number\n")
    done = _flask(tmp_path / "var", "people", "import", str(roster), "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "tables_missing"
    assert "flask database upgrade" in error["message"]


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    assert _flask(tmp_path, "people", "import").returncode == 2
