"""Data matching with other departments (数据比对): each file that came in, and what its rows said of whom."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index

# What the keyed digest of a name with a birthday is made for.
NAME_BIRTHDAY_PURPOSE = "name_birthdays.token"


class SignKind(StrEnum):
    """What a row of another department says of a person.

    `life` is evidence of life, `death` contrary evidence. The others change what somebody is owed or where they are
    looked after (Art. 28): custody and the end of it, a pension paid elsewhere as well, a departure.
    """

    LIFE = "life"
    DEATH = "death"
    CUSTODY = "custody"
    RELEASE = "release"
    DUPLICATE = "duplicate"
    DEPARTURE = "departure"


class MatchedBy(StrEnum):
    """How a row was found to speak of a retiree; the second is for staff alone."""

    ID_NUMBER = "id_number"
    NAME_AND_BIRTHDAY = "name_and_birthday"


class SignDecision(StrEnum):
    """What followed from a sign. Only `certified` changes where somebody stands."""

    CERTIFIED = "certified"
    ALREADY_CERTIFIED = "already_certified"
    TOO_OLD = "too_old"
    WEAK_SOURCE = "weak_source"
    WEAK_MATCH = "weak_match"
    NAME_DIFFERS = "name_differs"
    SEEN_MISSING = "seen_missing"
    IN_DOUBT = "in_doubt"
    BEFORE_DEATH = "before_death"
    CONTRADICTORY = "contradictory"
    DEATH_TO_VERIFY = "death_to_verify"
    DEATH_KNOWN = "death_known"
    TO_VERIFY = "to_verify"


class MatchingImport(Identified, Base):
    """One file of another department. How far it was taken in stands with its lanes until it is finished.

    title, department: what the operator's mapping called the source, as people were told. counts: lines by what became
    of them.
    """

    __tablename__ = "matching_imports"
    __table_args__ = (
        # of one file one import at a time: whoever starts it again goes on with it
        partial_index(
            "uq_matching_imports_unfinished_content_index",
            "content_index",
            unique=True,
            where=text("finished_at IS NULL"),
        ),
    )

    source: Mapped[str] = mapped_column(String(48))
    title: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    content_index: Mapped[str] = mapped_column(String(64), comment="keyed digest of the file and its mapping")
    lines_taken: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor_name: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]


class MatchingLane(Base):
    """How far one lane of an import came that is not finished: which lines it is past, and what became of its own.

    The lanes of an import share its lines, each in transactions of its own.
    """

    __tablename__ = "matching_lanes"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matching_imports.id"), primary_key=True)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines_taken: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)


class Sign(Base):
    """What one source said of one person and day, and what followed. Of life no row older than the newest is taken.

    line: of the file, by which the department finds its own record again; nothing else of the row is kept.
    """

    __tablename__ = "signs"

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(48), primary_key=True)
    kind: Mapped[SignKind] = mapped_column(primary_key=True)
    happened_on: Mapped[date] = mapped_column(primary_key=True)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matching_imports.id"))
    line: Mapped[int]
    matched_by: Mapped[MatchedBy]
    decision: Mapped[SignDecision]
    decided_at: Mapped[datetime]


class NameBirthday(Base):
    """A keyed digest of a name with a birthday, by which a row without an identity number may mean somebody."""

    __tablename__ = "name_birthdays"

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), primary_key=True, index=True)
