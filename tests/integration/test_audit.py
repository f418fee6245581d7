from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from casework.audit_anchors import read_anchors
from casework.audit_chain import PATIENCE, seal_entries
from casework.audit_check import Fault, FaultKind
from models import AuditBlock, AuditEntry, Region
from models.audit import audit_row, record_each
from models.roles import CannotProtect, allow_role
from models.session import Transactions, open_database
from tests.audit import WHO, act, faults_of, proof_of, seal, tamper
from tests.factories.retirees import make_retiree

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from models.vault import Vault
    from settings import Settings


@pytest.fixture
def database(own_engine: Engine) -> Transactions:
    return Transactions(own_engine)


def test_what_was_written_is_whole(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 5, now)
    assert seal(database, vault, now) == 5
    assert seal(database, vault, now) == 0
    act(database, 2, now)
    assert seal(database, vault, now) == 2
    act(database, 1, now)
    proof = proof_of(database, vault)
    assert (proof.rows, proof.blocks, proof.unsealed, proof.faults) == (8, 2, 1, [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "retiree.hide"),
        ("actor_name", "somebody else"),
        ("origin", "10.0.0.8"),
        ("reason", "a better one"),
        ("subject_id", "another"),
        ("at", datetime.fromisoformat("2025-01-01T00:00:00+00:00")),
        ("id", uuid4()),
        ("signature", None),
    ],
)
def test_a_changed_row_is_named(
    database: Transactions, vault: Vault, now: datetime, column: str, value: object
) -> None:
    act(database, 5, now)
    seal(database, vault, now)
    change = update(AuditEntry).where(AuditEntry.sequence == 3).values({column: value})
    tamper(database, lambda session: session.execute(change))
    # without its own signature a sealed row is still the one that the block lists
    assert faults_of(database, vault) == ([] if column == "signature" else [(FaultKind.CHANGED, 3)])


@pytest.mark.parametrize("statement", ["actor_kind = 'nobody'", "signature = NULL"])
def test_a_row_that_holds_what_we_never_write_is_named(
    database: Transactions, vault: Vault, now: datetime, statement: str
) -> None:
    for _ in range(2):
        act(database, 3, now)
        seal(database, vault, now)
    change = text(f"UPDATE audit_entries SET {statement} WHERE sequence = 5")  # noqa: S608 - written above
    tamper(database, lambda session: session.execute(change))
    assert faults_of(database, vault) == [(FaultKind.CHANGED, 5)]


@pytest.mark.parametrize("gaps", [[[1, 2]], [["a", 1, 1]], None])
def test_a_block_with_gaps_that_are_none_is_named(
    database: Transactions, vault: Vault, now: datetime, gaps: object
) -> None:
    act(database, 3, now)
    seal(database, vault, now)
    act(database, 1, now)
    tamper(database, lambda session: session.execute(update(AuditBlock).values(gaps=gaps)))
    assert faults_of(database, vault) == [(FaultKind.BLOCK_CHANGED, 1)]


@pytest.mark.parametrize("sequence", [0, -3])
def test_a_row_put_in_before_the_first_is_named(
    database: Transactions, vault: Vault, now: datetime, sequence: int
) -> None:
    act(database, 9, now)
    seal(database, vault, now)
    forged = audit_row("retiree.show", "Retiree", "1", WHO, now) | {"sequence": sequence, "signature": bytes(36)}
    with database() as session:
        session.execute(insert(AuditEntry), forged)
    assert faults_of(database, vault) == [(FaultKind.INSERTED, sequence)]


def test_a_missing_row_is_named(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 5, now)
    seal(database, vault, now)
    tamper(database, lambda session: session.execute(delete(AuditEntry).where(AuditEntry.sequence.in_([2, 5]))))
    assert faults_of(database, vault) == [(FaultKind.MISSING, 2), (FaultKind.MISSING, 5)]


def test_a_row_put_in_is_named_and_never_sealed(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 3, now)
    seal(database, vault, now)
    forged = audit_row("retiree.show", "Retiree", "1", WHO, now)
    for signature in (bytes(36), None):
        with database() as session:
            session.execute(insert(AuditEntry), forged | {"id": uuid4(), "signature": signature})
    assert faults_of(database, vault) == [(FaultKind.INSERTED, 4), (FaultKind.INSERTED, 5)]
    with database() as session:
        assert seal_entries(session, vault=vault, now=now).left_out == 2
    assert faults_of(database, vault) == [(FaultKind.INSERTED, 4), (FaultKind.INSERTED, 5)]


def test_a_row_put_in_twice_is_named(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 1, now)
    with database() as session:
        first = session.scalars(select(AuditEntry)).one()
        session.expunge(first)
        columns = {column.key: getattr(first, column.key) for column in AuditEntry.__table__.columns}
        session.execute(insert(AuditEntry), columns | {"sequence": 2})
    seal(database, vault, now)
    assert faults_of(database, vault) == [(FaultKind.COPIED, 2)]


def test_rows_that_change_places_are_named(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 2, now)
    seal(database, vault, now)

    def exchange(session: Session) -> None:
        for old, new in ((1, 9), (2, 1), (9, 2)):
            session.execute(update(AuditEntry).where(AuditEntry.sequence == old).values(sequence=new))

    tamper(database, exchange)
    assert faults_of(database, vault) == [(FaultKind.CHANGED, 1), (FaultKind.CHANGED, 2)]


def test_a_block_taken_away_or_changed_is_named(database: Transactions, vault: Vault, now: datetime) -> None:
    for _ in range(3):
        act(database, 2, now)
        seal(database, vault, now)
    tamper(
        database,
        lambda session: session.execute(update(AuditBlock).where(AuditBlock.number == 3).values(highest=99)),
    )
    assert faults_of(database, vault) == [(FaultKind.BLOCK_CHANGED, 3)]
    with database() as session:
        session.execute(update(AuditBlock).where(AuditBlock.number == 3).values(highest=6))
        session.execute(delete(AuditBlock).where(AuditBlock.number == 2))
    # its rows are in no block any more
    assert faults_of(database, vault) == [
        (FaultKind.BLOCK_MISSING, 2),
        (FaultKind.INSERTED, 3),
        (FaultKind.INSERTED, 4),
    ]


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_a_row_that_was_begun_earlier_and_comes_later_is_sealed(
    own_engine: Engine, vault: Vault, now: datetime
) -> None:
    transactions = Transactions(own_engine)
    with own_engine.connect() as slow:
        outer = slow.begin()
        slow.execute(insert(AuditEntry), audit_row("slow", "Retiree", "1", WHO, now))
        act(transactions, 2, now)
        assert seal(transactions, vault, now) == 2
        outer.commit()
    assert proof_of(transactions, vault).unsealed == 1
    assert seal(transactions, vault, now) == 1
    proof = proof_of(transactions, vault)
    assert (proof.rows, proof.unsealed, proof.faults) == (3, 0, [])


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_a_row_that_was_never_written_leaves_a_gap_and_no_fault(
    own_engine: Engine, vault: Vault, now: datetime
) -> None:
    transactions = Transactions(own_engine)
    with own_engine.connect() as connection:
        outer = connection.begin()
        connection.execute(insert(AuditEntry), audit_row("undone", "Retiree", "1", WHO, now))
        outer.rollback()
    act(transactions, 2, now)
    assert seal(transactions, vault, now) == 2
    assert proof_of(transactions, vault).faults == []
    later = now + PATIENCE + timedelta(seconds=1)
    seal(transactions, vault, later)
    with transactions() as session:
        assert session.scalars(select(AuditBlock.gaps).order_by(AuditBlock.number)).all() == [
            [[1, 1, int(now.timestamp())]],
            [],
        ]
        # what fills the gap afterwards was not there
        session.execute(insert(AuditEntry), audit_row("late", "Retiree", "1", WHO, now) | {"sequence": 1})
    seal(transactions, vault, later)
    assert faults_of(transactions, vault) == [(FaultKind.INSERTED, 1)]


def test_many_write_while_several_seal(database: Transactions, vault: Vault, now: datetime) -> None:
    def write(_turn: int) -> None:
        act(database, 3, now)

    def chain(_turn: int) -> None:
        seal(database, vault, now)

    with ThreadPoolExecutor(6) as pool:
        works = [pool.submit(write if turn % 3 else chain, turn) for turn in range(60)]
    for work in works:
        work.result()
    while seal(database, vault, now):
        pass
    proof = proof_of(database, vault)
    assert (proof.rows, proof.unsealed, proof.faults) == (120, 0, [])


def test_nobody_changes_or_deletes_a_row_by_mistake(database: Transactions, vault: Vault, now: datetime) -> None:
    act(database, 1, now)
    seal(database, vault, now)
    for statement in (
        update(AuditEntry).values(action="other"),
        delete(AuditEntry),
        update(AuditBlock).values(highest=0),
        delete(AuditBlock),
    ):
        with pytest.raises(DBAPIError, match="only ever added to"), database() as session:
            session.execute(statement)
    assert faults_of(database, vault) == []


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_the_applications_role_only_adds_to_the_audit(own_engine: Engine, vault: Vault, now: datetime) -> None:
    owner = Transactions(own_engine)
    role = f"app_{uuid4().hex[:12]}"
    with owner() as session:
        session.execute(text(f'CREATE ROLE "{role}" LOGIN'))
        allow_role(session.connection(), role)
    url = own_engine.url.set(username=role, drivername="postgresql")
    engine = open_database(url.render_as_string(hide_password=False))
    try:
        as_application = Transactions(engine)
        act(as_application, 2, now)
        with as_application() as session:
            record_each(session, WHO, "show", [make_retiree(session)], now=now)
        assert seal(as_application, vault, now) == 3
        for table in (AuditEntry, AuditBlock):
            name = table.__tablename__
            for statement in (
                update(table).values({next(iter(table.__table__.columns.keys())): 0}),
                delete(table),
                text(f"TRUNCATE {name}"),
                text(f"ALTER TABLE {name} DISABLE TRIGGER ALL"),
                text(f"DROP TABLE {name}"),
                text(f"DROP TRIGGER {name}_only_added ON {name}"),
            ):
                with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), as_application() as one:
                    one.execute(statement)
        with as_application() as session:
            # what it may change it still may
            session.execute(update(Region).values(telephone="0731-11111111"))
        assert faults_of(as_application, vault) == []
    finally:
        engine.dispose()
        with owner() as session:
            session.execute(text(f'DROP OWNED BY "{role}"'))
            session.execute(text(f'DROP ROLE "{role}"'))


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_a_role_that_grants_do_not_bind_is_refused(own_engine: Engine) -> None:
    with own_engine.connect() as connection:
        with pytest.raises(CannotProtect, match="role_too_strong"):
            allow_role(connection, str(own_engine.url.username))
        with pytest.raises(CannotProtect, match="role_unknown"):
            allow_role(connection, 'nobody"; DROP TABLE regions; --')


@pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
def test_an_embedded_database_has_no_roles(own_engine: Engine) -> None:
    with own_engine.connect() as connection, pytest.raises(CannotProtect, match="needs_postgresql"):
        allow_role(connection, "anybody")


def test_the_command_says_what_is_wrong(
    app: Flask, settings: Settings, transactions: Transactions, now: datetime
) -> None:
    run = app.test_cli_runner().invoke
    act(transactions, 3, now)
    sealed = run(args=["audit", "seal", "--json"])
    assert json.loads(sealed.output) == {"rows": 3, "block": 1, "anchored": True}
    assert len(list(read_anchors(settings.audit_anchor_file))) == 1
    whole = run(args=["audit", "verify", "--json"])
    assert whole.exit_code == 0
    assert json.loads(whole.output) == {
        "ok": True,
        "rows": 3,
        "blocks": 1,
        "unsealed": 0,
        "anchors": 1,
        "faults": [],
    }
    with transactions() as session:
        lowest = session.scalar(select(func.min(AuditEntry.sequence))) or 0
        entry_id = str(session.get_one(AuditEntry, lowest).id)
    tamper(
        transactions,
        lambda session: session.execute(update(AuditEntry).where(AuditEntry.sequence == lowest).values(reason="x")),
    )
    broken = run(args=["audit", "verify", "--json"])
    assert broken.exit_code == 1
    assert json.loads(broken.output)["faults"] == [{"kind": "changed", "place": lowest, "entry_id": entry_id}]
    assert str(Fault(FaultKind.CHANGED, lowest, entry_id).place) in run(args=["audit", "verify"]).output
