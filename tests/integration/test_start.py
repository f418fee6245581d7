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
from sqlalchemy import Engine, event, text

from app import create_app
from models.session import Transactions, open_database
from models.vault import Vault
from models.vault_check import AnotherKey, remember_key
from services import NAME
from tests.databases import scratch_url
from tests.fakes.faces import ScriptedFaces
from tests.faults.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient
    from sqlalchemy import URL, Connection

    from settings import Settings
    from tests.fakes.clock import StandingClock

ROOT = Path(__file__).resolve().parent.parent.parent
FLASK = Path(sys.executable).with_name("flask")
SOMEBODY = 65534
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


def test_a_place_that_cannot_be_written_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    taken = (tmp_path / "file").as_uri()
    done = _flask(tmp_path, "database", "upgrade", EVIDENCE_URL=taken)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("EVIDENCE_URL: ")
    assert _flask(tmp_path, "database", "upgrade").returncode == 0
    refused = _flask(tmp_path, "benefits", "payment-file", "--month", "2025-03", PAYMENT_DIR=str(tmp_path / "file"))
    assert refused.returncode == 1
    assert str(tmp_path / "file") in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's folder is made by root alone")
def test_root_leaves_nothing_that_whoever_serves_cannot_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with scratch_url("postgresql", tmp_path) as url:
        assert _flask(folder, "database", "upgrade", DATABASE_URL=url).returncode == 0
        assert (folder / "evidence").stat().st_uid == SOMEBODY
        done = _flask(folder, "doctor", DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("DATA_DIR: it belongs to user ")
    assert done.stderr.count("\n") == 1


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


@pytest.mark.parametrize("key", ["right", "wrong"])
def test_another_key_is_refused_also_where_the_database_comes_later(
    settings: Settings, own_engine: Engine, tmp_path: Path, key: str
) -> None:
    with Transactions(own_engine)() as session:
        remember_key(session, Vault.from_text(settings.data_key))
    own_engine.dispose()
    wanted = settings if key == "right" else replace(settings, data_key=OTHER_KEY)
    with _out_of_reach(own_engine.url, tmp_path) as (url, come_back):
        engine = open_database(url)
        try:
            app = create_app(wanted, database=engine, face_workers=ScriptedFaces())
            client = app.test_client()
            assert client.get("/readyz").status_code == 503
            come_back()
            asked: list[str] = []
            event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
            transactions = app.extensions[NAME].transactions
            if key == "wrong":
                for begin in (transactions, transactions.bare, transactions.direct):
                    with pytest.raises(AnotherKey), begin():
                        pytest.fail("a transaction began")
                assert client.get("/readyz").status_code == 503
            else:
                assert client.get("/readyz").status_code == 200
                assert sum("vault_checks" in one for one in asked) > 0
                asked.clear()
                with transactions() as session:
                    session.execute(text("SELECT 1"))
                assert asked == ["SELECT 1"], "what was proved once is not asked again"
        finally:
            engine.dispose()
            create_app(settings, database=own_engine)  # the vault of the other tests again


@contextmanager
def _out_of_reach(url: URL, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the address of a database that nobody reaches yet, and what brings it back."""
    if url.get_backend_name() == "sqlite":
        there, elsewhere = Path(str(url.database)), folder / "later" / "pension.sqlite3"

        def move() -> None:
            elsewhere.parent.mkdir()
            there.rename(elsewhere)

        yield f"sqlite:///{elsewhere}", move
        elsewhere.rename(there)
        return
    gate = Gate(url.host or "", url.port or 5432)
    try:
        yield url.set(port=gate.port).render_as_string(hide_password=False), gate.open
    finally:
        gate.shut()


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
