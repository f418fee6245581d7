from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

import models
from models.base import Base
from models.transitions import TRANSITIONS
from tests.architecture.source import ROOT, calls, python_files

if TYPE_CHECKING:
    from enum import StrEnum

    from flask import Flask

LONGEST_FILE = 400
LANDFILL_NAMES = {"utils.py", "helpers.py", "helper.py", "common.py", "manager.py", "misc.py", "data.py", "info.py"}


def test_domain_code_never_commits() -> None:
    commits = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in python_files("casework", "certification", "policy", "models")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]
    assert commits == []


def test_nothing_below_the_edges_asks_for_the_time() -> None:
    asking = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in python_files("casework", "certification", "policy", "models")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"now", "today", "utcnow"}
    ]
    assert asking == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_every_blueprint_names_a_guard(app: Flask) -> None:
    assert app.blueprints
    unguarded = [
        name
        for name in app.blueprints
        if not any(check.__module__ in {"api.guards", "bot.guards"} for check in app.before_request_funcs.get(name, []))
        # the page that flask-smorest adds for /openapi.json itself
        and name != "api-docs"
    ]
    assert unguarded == []


def _status_enums() -> set[type[StrEnum]]:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    enums = {getattr(column.type, "enum_class", None) for column in columns if column.name == "status"}
    return {enum for enum in enums if enum is not None}


def test_every_status_has_a_transition_table() -> None:
    assert models.Attempt.__tablename__ in Base.metadata.tables
    assert _status_enums() == set(TRANSITIONS)


@pytest.mark.parametrize("enum", sorted(TRANSITIONS, key=str))
def test_a_transition_table_is_exhaustive(enum: type[StrEnum]) -> None:
    table = TRANSITIONS[enum]
    assert set(table) == set(enum), "every status says what may follow it"
    followers = {status for following in table.values() for status in following}
    assert followers <= set(enum)
    assert all(status not in following for status, following in table.items()), "no status follows itself"


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_file_is_a_landfill() -> None:
    assert [path for path in python_files() if path.name in LANDFILL_NAMES] == []


def test_packages_say_what_belongs_in_them() -> None:
    for folder in (
        "api",
        "bot",
        "bot/conversations",
        "bot/reading",
        "commands",
        "jobs",
        "casework",
        "certification",
        "certification/face",
        "policy",
        "models",
    ):
        docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text()))
        assert docstring is not None, folder
        assert "Not here" in docstring, f"{folder} does not say what stands elsewhere"
