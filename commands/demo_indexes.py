"""Indexes and references made after the rows instead of with each of them: for a city's demonstration on PostgreSQL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, text
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from commands.demo_cases import CASE_TABLES
from models import AddressToken, AuditEntry, Base, Benefit, BenefitAmount, NameBirthday, Retiree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, Table

_PEOPLE_TABLES = (Retiree, AddressToken, NameBirthday, AuditEntry, Benefit, BenefitAmount)
_TABLES: tuple[Table, ...] = tuple(
    Base.metadata.tables[name] for name in (*(model.__tablename__ for model in _PEOPLE_TABLES), *CASE_TABLES)
)

_FEW = 1000


@contextmanager
def indexes_later(engine: Engine) -> Iterator[None]:
    """Let the tables of the demonstration be without indexes and references for a while, if few people are in them yet.

    Keys stay: people are found by them meanwhile. Whatever is missing at the end is made, also what an earlier load was
    killed before it could make.
    """
    with engine.begin() as connection:
        if connection.scalar(select(Retiree.id).offset(_FEW).limit(1)) is None:
            for table in _TABLES:
                for reference in table.foreign_key_constraints:
                    connection.execute(DropConstraint(reference, if_exists=True))
                for index in table.indexes:
                    connection.execute(DropIndex(index, if_exists=True))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            found = inspect(connection)
            for table in _TABLES:
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
                there = {key["name"] for key in found.get_foreign_keys(table.name)}
                for reference in table.foreign_key_constraints:
                    if reference.name not in there:
                        connection.execute(AddConstraint(reference, isolate_from_table=False))
