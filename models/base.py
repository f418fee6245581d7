"""The base of every table: constraint names, enums stored by value, moments in UTC, random ids."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Enum, Index, MetaData, TextClause, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.types import UtcDateTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {
        # A fixed length: a longer member later needs no migration. No CHECK: a further member needs none either.
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda members: [member.value for member in members],
        ),
        datetime: UtcDateTime,
        uuid.UUID: Uuid,
    }


class Identified:
    """A random id: rows are named in addresses, and a number that counts would tell how many there are."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


def partial_index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """Return an index of the rows for which a condition holds, the same on each database."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
