"""A command whose database fails says what is wrong with it: whoever reads that does something about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import Connection, Engine, event, make_url, text

from app import create_app
from services import NAME
from tests.databases import scratch_engine
from tests.factories.retirees import make_id_number
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from settings import Settings

DISTRICT = "430105"


def _refused(app: Flask, *arguments: str) -> str:
    done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 1, done.output
    return done.output


def test_whoever_may_not_change_the_tables_is_not_told_to_make_them(settings: Settings, tmp_path: Path) -> None:
    role = f"stranger_{uuid4().hex}"
    with scratch_engine("postgresql", tmp_path, migrated=False) as engine:
        with engine.begin() as connection:
            connection.execute(text(f'CREATE ROLE "{role}" LOGIN'))
        try:
            url = make_url(str(engine.url)).set(drivername="postgresql", username=role)
            app = create_app(replace(settings, database_url=str(url)), face_workers=ScriptedFaces())
            told = _refused(app, "database", "upgrade")
            app.extensions[NAME].database.dispose()
        finally:
            with engine.begin() as connection:
                connection.execute(text(f'DROP ROLE "{role}"'))
    assert "没有这个权限" in told
    assert "还没有建好" not in told


def test_a_full_disk_is_called_full(settings: Settings, tmp_path: Path) -> None:
    with scratch_engine("sqlite", tmp_path) as engine:
        url = str(engine.url)
    app = create_app(replace(settings, database_url=url), face_workers=ScriptedFaces())
    database = app.extensions[NAME].database
    assert isinstance(database, Engine)

    @event.listens_for(database, "connect")
    def _leave_no_room(connection: Connection, _record: object) -> None:
        [[pages]] = connection.execute("PRAGMA page_count")  # type: ignore[call-overload]  # the driver's own
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[call-overload]

    roster = tmp_path / "roster.csv"
    lines = (f"王某,{make_id_number(serial=serial)},{DISTRICT}" for serial in range(500))
    roster.write_text("\n".join(["姓名,身份证号,参保地编码", *lines]))
    answer = json.loads(_refused(app, "people", "import", str(roster), "--json"))
    database.dispose()
    assert answer["error"]["code"] == "database_full"
    assert "磁盘满了" in answer["error"]["message"]
