from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, text

from app import create_app
from commands.demo_indexes import indexes_later
from models import Base
from tests.databases import scratch_engine
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from settings import Settings


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Engine]:
    with scratch_engine("postgresql", tmp_path) as made:
        yield made


def _what_is_there(engine: Engine) -> dict[str, Any]:
    """Return the indexes, references and keys of every table."""
    found = inspect(engine)
    return {
        name: (
            sorted(
                (str(index["name"]), str(index.get("dialect_options")), index["column_names"])
                for index in found.get_indexes(name)
            ),
            sorted((str(key["name"]), key["referred_table"]) for key in found.get_foreign_keys(name)),
            found.get_pk_constraint(name)["name"],
            sorted(str(key["name"]) for key in found.get_unique_constraints(name)),
        )
        for name in Base.metadata.tables
    }


def test_it_works(postgresql: Engine) -> None:
    before = _what_is_there(postgresql)
    with indexes_later(postgresql):
        meanwhile = _what_is_there(postgresql)
    assert _what_is_there(postgresql) == before
    indexes, references, *keys = meanwhile["tickets"]
    assert all(name.startswith("uq_") for name, *_rest in indexes)
    assert references == []
    assert keys == list(before["tickets"][2:])
    assert meanwhile["staff"] == before["staff"]


def test_made_although_the_load_failed_or_an_earlier_one_was_killed(postgresql: Engine) -> None:
    before = _what_is_there(postgresql)
    with postgresql.begin() as connection:
        connection.execute(text("DROP INDEX ix_address_tokens_retiree_id"))
    with pytest.raises(ZeroDivisionError), indexes_later(postgresql):
        raise ZeroDivisionError
    assert _what_is_there(postgresql) == before


def test_nothing_goes_where_people_are(postgresql: Engine, settings: Settings) -> None:
    app = create_app(settings, database=postgresql, face_workers=ScriptedFaces())
    done = app.test_cli_runner().invoke(args=["demo", "load", "--json", "--retirees", "1001", "--cases", "10"])
    assert done.exit_code == 0, done.output
    before = _what_is_there(postgresql)
    with indexes_later(postgresql):
        assert _what_is_there(postgresql) == before
