"""What every test may ask for. Databases are migrated once a session; a test's own rows are rolled back."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from app import create_app
from models.session import Transactions
from models.types import install_vault
from models.vault import Vault
from settings import Settings
from tests.cast import Cast, call_cast
from tests.databases import KINDS, missing, scratch_engine
from tests.fakes.clock import StandingClock
from tests.fakes.evidence import EvidenceInMemory
from tests.rules import remember_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Connection, Engine

ROOT = Path(__file__).resolve().parent.parent
DATA_KEY = base64.b64encode(bytes(range(32))).decode()
remember_rules()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, then the slow ones, then those that drive a browser.

    What does nothing but wait begins before all: one process waits while the others run the fast ones.
    """

    def cost(item: pytest.Item) -> int:
        if item.get_closest_marker("waits"):
            return -1
        if item.get_closest_marker("browser"):
            return 2
        return 1 if item.get_closest_marker("slow") else 0

    items.sort(key=cost)


@pytest.fixture(scope="session", autouse=True)
def vault() -> Vault:
    made = Vault.from_text(DATA_KEY)
    install_vault(made)
    return made


@pytest.fixture(autouse=True)
def _own_key(vault: Vault) -> None:
    """Whatever key the test before this one took, this one begins with the tests' own."""
    install_vault(vault)


@pytest.fixture(scope="session", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A migrated database, one for all tests of its kind: change it only through `connection` and what builds on it."""
    with scratch_engine(request.param, tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(params=KINDS)
def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database of this test alone, for several connections at once."""
    with scratch_engine(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back after the test."""
    with engine.connect() as made:
        outer = made.begin()
        yield made
        outer.rollback()


@pytest.fixture
def transactions(connection: Connection) -> Transactions:
    """The one way to open a transaction, here as savepoints in the test's own."""
    return Transactions(connection)


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as made:
        yield made


@pytest.fixture
def now() -> datetime:
    """Ten in the morning of 10 March 2025 in China."""
    return datetime(2025, 3, 10, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock(now: datetime) -> StandingClock:
    return StandingClock(now)


@pytest.fixture
def store() -> EvidenceInMemory:
    return EvidenceInMemory()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read(
        {
            "DATA_DIR": str(tmp_path / "var"),
            "DATA_KEY": DATA_KEY,
            "SECRET_KEY": "for tests alone, of no use elsewhere",
            "DEMO_FACES_DIR": str(tmp_path / "no faces"),
        }
    )


@pytest.fixture
def app(settings: Settings, connection: Connection, clock: StandingClock) -> Flask:
    made = create_app(settings, clock=clock, database=connection, challenge_random=Random(7))
    made.config["TESTING"] = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def cast(transactions: Transactions, now: datetime) -> Cast:
    """People with stated rights, in the database of this test."""
    with transactions() as session:
        return call_cast(session, now=now)


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    """The folder of real photographs for tests."""
    folder = ROOT.parent / "shared" / "faces"
    if not folder.is_dir():
        missing("The photographs for tests (../shared/faces) are not here: tests that need several people are left out")
    return folder
