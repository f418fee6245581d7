from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from models import Base, schema
from models.session import Transactions
from tests.databases import KINDS, scratch_engine, scratch_url
from tests.factories.retirees import make_retiree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from models.vault import Vault

ROOT = Path(__file__).resolve().parent.parent.parent
DISTRICTS = {
    "430102": "芙蓉区",
    "430103": "天心区",
    "430104": "岳麓区",
    "430105": "开福区",
    "430111": "雨花区",
    "430112": "望城区",
    "430121": "长沙县",
    "430181": "浏阳市",
    "430182": "宁乡市",
}


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with scratch_engine(request.param, tmp_path, migrated=False) as engine:
        yield engine


def _tables(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(empty: Engine) -> None:
    schema.upgrade(empty)
    assert _tables(empty) == set(Base.metadata.tables)
    schema.downgrade(empty, "base")
    assert _tables(empty) == set()
    schema.upgrade(empty)
    assert _tables(empty) == set(Base.metadata.tables)


def test_the_migrated_database_is_what_the_models_say(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_districts_of_changsha_are_there(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection:
        rows = connection.execute(sa.text("SELECT code, name, level, parent_code FROM regions")).all()
    assert ("430100", "长沙市", "city", None) in rows
    assert {row.code: row.name for row in rows if row.level == "district"} == DISTRICTS
    assert {row.parent_code for row in rows if row.level == "district"} == {"430100"}


def test_districts_that_people_live_in_outlast_a_step_down_and_up(empty: Engine, vault: Vault) -> None:
    assert vault
    schema.upgrade(empty)
    with Transactions(empty)() as session:
        make_retiree(session)
    schema.downgrade(empty, "0001")
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM retirees")) == 1
        assert connection.scalar(sa.text("SELECT count(*) FROM regions")) == 10


def test_the_head_is_told_from_what_lies_before(empty: Engine) -> None:
    with empty.connect() as connection:
        assert not schema.is_at_head(connection)
    schema.upgrade(empty, "0001")
    with empty.connect() as connection:
        assert not schema.is_at_head(connection)
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert schema.is_at_head(connection)


def test_who_upgrades_while_another_does_waits_for_them(tmp_path: Path) -> None:
    with scratch_url("postgresql", tmp_path) as url:
        environ = os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": url}
        command = [sys.executable, "-m", "flask", "database", "upgrade"]
        begun = [subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        told = [one.communicate(timeout=120)[1] for one in begun]
    assert [one.returncode for one in begun] == [0, 0, 0], told


def test_a_release_that_one_goes_back_to_takes_what_the_later_one_migrated(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with empty.connect() as connection:
        assert schema.is_at_head(connection)
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_a_migration_that_fails_leaves_nothing(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(sa.text("CREATE TABLE tickets (id INTEGER)"))
    with pytest.raises(sa.exc.DBAPIError):
        schema.upgrade(empty)
    assert _tables(empty) == {"tickets"}


def test_foreign_keys_are_checked_again_afterwards(empty: Engine) -> None:
    schema.upgrade(empty)
    with pytest.raises(sa.exc.IntegrityError), empty.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO regions (code, level, name, parent_code) VALUES ('1', 'district', 'x', 'nowhere')")
        )


def test_migrations_do_not_import_living_code() -> None:
    imported = {
        name
        for path in (schema.MIGRATIONS / "versions").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported <= {"__future__", "sqlalchemy", "alembic", "sqlalchemy.dialects", "migrations.indexes"}
