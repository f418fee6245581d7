"""Nothing about anybody can be read in the database's own file, whatever happened to them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import LargeBinary, select

from casework.key_rotation import sealed_tables
from models import Base, Report, Retiree, Ticket
from models.session import Transactions
from models.types import EncryptedBytes, EncryptedText

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from settings import Settings

# Columns of bytes that hold nothing about anybody, and the random ids of the people whom a list showed.
PLAIN_BYTES = {
    "audit_entries.shown",
    "audit_entries.signature",
    "audit_blocks.members",
    "audit_blocks.signature",
    "signing_keys.public",
    "vault_checks.sealed",
}


def test_every_column_of_bytes_is_sealed_or_known_to_be_about_nobody() -> None:
    plain = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not isinstance(column.type, EncryptedBytes | EncryptedText)
    }
    assert plain <= PLAIN_BYTES
    purposes = [column.type.purpose for columns in sealed_tables().values() for column in columns]  # type: ignore[attr-defined]  # both kinds have one
    assert len(purposes) == len(set(purposes)), "each column has a seal of its own"


@pytest.mark.slow
@pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
def test_nobody_can_be_read_in_the_file(own_engine: Engine, settings: Settings) -> None:
    from app import create_app  # noqa: PLC0415 - only the slow test needs an application

    app: Flask = create_app(settings, database=own_engine)
    done = app.test_cli_runner().invoke(args=["demo", "load", "--retirees", "60", "--seed", "5"])
    assert done.exit_code == 0, done.output
    with Transactions(own_engine)() as session:
        people = session.scalars(select(Retiree)).all()
        told = [one.content for one in session.scalars(select(Report))]
        told += [one.note for one in session.scalars(select(Ticket)) if one.note]
    assert len(people) >= 60
    held = {
        value.encode()
        for person in people
        for value in (person.id_number, person.name, person.phone, person.address, person.position)
        if value and len(value.encode()) > 6
    }
    held |= {one.encode() for one in told}
    own_engine.dispose()
    path = str(own_engine.url.database)
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    with open(path, "rb") as file:  # noqa: PTH123 - bytes of a database
        content = file.read()
    assert [value for value in held if value in content] == []
