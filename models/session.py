"""The database's engine, and the one way to open a transaction."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

from models.prepared import IMPATIENT, PATIENT, Line
from models.turns import WAIT_SECONDS, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection
    from sqlalchemy.pool import ConnectionPoolEntry

_USED_AT = "used_at"
_RESTED_SECONDS = 1.0
# As many connections as threads use at once stay open: to open one costs more than everything a request asks of it.
_KEPT = 32
# Two keep the server busy while the other's rows are signed and sealed here; more would take what serves people.
_AT_ONCE = 2
# A plan for any region and status fits neither a city nor a partial index; the driver prepares whatever comes often.
_PLANS = "-c plan_cache_mode=force_custom_plan"


def open_database(url: str) -> Engine:
    """Return an engine for a `sqlite:` or `postgresql:` address; no connection is made yet."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            connect_args={"options": f"{address.query.get('options', '')} {_PLANS}"},
            hide_parameters=True,
            pool_size=_KEPT,
            # the one that was used last knows the statements, and is warm at both ends
            pool_use_lifo=True,
        )
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _look_alive)
        event.listen(engine, "reset", _stand_together)
        return engine
    engine = create_engine(
        address,
        connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
        hide_parameters=True,
        pool_size=_KEPT,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _look_alive(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that rested whether it is alive; the pool brings another one when it is not.

    Asking each time would be an eighth of what the server spends on a picture of a face.
    """
    if time.monotonic() - record.info.get(_USED_AT, 0.0) > _RESTED_SECONDS:
        try:
            connection.autocommit = True
            connection.execute("")
            connection.autocommit = False
        except Exception as gone:
            raise DisconnectionError from gone


def _stand_together(connection: Any, _record: object, _state: object) -> None:
    """Let the next statements be one transaction again, where those of a line stood by themselves.

    Raises, and the pool throws the connection away, where the last one did not come to its end.
    """
    if connection.autocommit:
        connection.autocommit = False


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for savepoints: off, and sent below.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: two transactions that read and then write wait for each other instead of failing.
    # Sent by the driver: a statement through SQLAlchemy costs ten times as much.
    driver = Line.of(connection).driver
    driver.execute(PATIENT)
    driver.execute("BEGIN IMMEDIATE")


def _turns_of(bind: Engine | Connection) -> Turns | None:
    if not isinstance(bind, Engine) or bind.dialect.name != "sqlite" or bind.url.database in {None, "", ":memory:"}:
        return None
    return Turns(str(bind.url.database))


class Transactions:
    """Opens transactions on one database: `with transactions() as session:` commits at the end or leaves nothing.

    prove: asked before each transaction until it says that all is well; what it raises, the transaction does.
    """

    def __init__(self, bind: Engine | Connection, prove: Callable[[], bool] | None = None) -> None:
        self._bind = bind
        self._prove = prove
        self._thread = threading.local()
        self._turns = _turns_of(bind)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a transaction inside another one of this thread, and wait for those before it on SQLite.

        Inside another one SQLite would wait for itself until it gives up, and a pool that is all lent out for ever.
        """
        self._may_open()
        self._thread.is_open = True
        try:
            with self._turns.take() if self._turns else nullcontext():
                yield
        finally:
            self._thread.is_open = False

    def _may_open(self) -> None:
        if getattr(self._thread, "is_open", False):
            raise RuntimeError("a transaction was opened inside another one")
        if self._prove is not None and self._prove():
            self._prove = None

    @property
    def at_once(self) -> int:
        """How many transactions one piece of work may well write in at once: SQLite has one writer."""
        is_shared = isinstance(self._bind, Engine) and self._bind.dialect.name == "postgresql"
        return _AT_ONCE if is_shared else 1

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        """Yield a session; commit when the block ends, roll back when it raises.

        On a connection with a transaction already open (tests) the block is a savepoint in it. Raises RuntimeError
        inside another transaction.
        """
        with (
            self._alone(),
            Session(self._bind, expire_on_commit=False, join_transaction_mode="create_savepoint") as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def bare(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, for the few statements that must cost little; no session keeps rows."""
        if isinstance(self._bind, Engine):
            with self._alone(), self._bind.begin() as connection:
                yield connection
        else:
            with self._alone(), self._bind.begin_nested():
                yield self._bind

    @contextmanager
    def direct(self) -> Iterator[Line]:
        """Yield a line on which every statement stands by itself: it is written once it was run.

        Raises RuntimeError inside a transaction.
        """
        self._may_open()
        if isinstance(self._bind, Engine):
            with closing(self._bind.raw_connection()) as held:
                line = Line(held.driver_connection, self._bind.dialect, self._turns)
                if line.is_sqlite:
                    line.driver.execute(IMPATIENT)
                else:
                    line.driver.autocommit = True
                yield line
        else:
            with self._bind.begin_nested():
                yield Line.of(self._bind)
