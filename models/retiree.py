"""Retirees and what they cannot be asked to do."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.certification import Channel
from models.types import EncryptedText

# What the blind indexes of identity numbers and phones are made for.
ID_NUMBER_PURPOSE = "retirees.id_number"
PHONE_PURPOSE = "retirees.phone"
NAME_PURPOSE = "retirees.name"
INITIALS_PURPOSE = "retirees.initials"
ADDRESS_PURPOSE = "retirees.address"


class InsuredKind(StrEnum):
    """The three insured kinds of Art. 2."""

    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    FLEXIBLE = "flexible"


def _owner_of_new(context: Any) -> str:
    row = context.get_current_parameters()
    owner: str = row.get("community_code") or row["agency_code"]
    return owner


class Retiree(Identified, Base):
    """Somebody who draws a monthly pension (退休人员). Birthday and sex are read from the identity number.

    certified_until, certified_by and due_by repeat what the last certification says, or the first day of the pension:
    the lists and figures of two million people are found by them. `certification.certify` alone writes them.
    """

    __tablename__ = "retirees"
    __table_args__ = (
        CheckConstraint("owner_code = coalesce(community_code, agency_code)", name="owner_code"),
        # what the figures count stands in the index: nobody's row is read for it
        Index("ix_retirees_counted", "owner_code", "due_by", "certified_until", "certified_by"),
        Index("ix_retirees_due_by_certified_until", "due_by", "certified_until"),
        Index("ix_retirees_name_index_owner_code", "name_index", "owner_code"),
        Index("ix_retirees_initials_index_owner_code", "initials_index", "owner_code"),
    )

    id_number: Mapped[str] = mapped_column(EncryptedText(ID_NUMBER_PURPOSE))
    id_number_index: Mapped[str] = mapped_column(String(64), unique=True, comment="keyed digest, for exact search")
    name: Mapped[str] = mapped_column(EncryptedText(NAME_PURPOSE))
    name_index: Mapped[str | None] = mapped_column(String(64))
    initials_index: Mapped[str | None] = mapped_column(String(64), comment="of the name in pinyin")
    phone: Mapped[str | None] = mapped_column(EncryptedText(PHONE_PURPOSE))
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)
    address: Mapped[str | None] = mapped_column(EncryptedText(ADDRESS_PURPOSE))
    position: Mapped[str | None] = mapped_column(
        EncryptedText("retirees.position"), comment="latitude,longitude of the home in degrees, WGS 84"
    )
    group_name: Mapped[str | None] = mapped_column(String(32), comment="the group within the community (Art. 19)")
    community_code: Mapped[str | None] = mapped_column(
        ForeignKey("regions.code"),
        comment="none: lives outside the city, the agency keeps them (Art. 12(1))",
    )
    agency_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True, comment="where they are insured")
    owner_code: Mapped[str] = mapped_column(
        String(12),
        default=_owner_of_new,
        comment="the region that looks after this person (Art. 12(1))",
    )
    insured_kind: Mapped[InsuredKind]
    entitled_from: Mapped[date] = mapped_column(comment="first day of the pension")
    certified_until: Mapped[date | None]
    certified_by: Mapped[Channel | None]
    due_by: Mapped[date]
    lives_abroad: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="reminded by way of the consulate (Art. 16(3))"
    )
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"Retiree({self.id})"


class AddressToken(Base):
    """A keyed digest of one part of an address (a road, a house, a building), by which the people there are found."""

    __tablename__ = "address_tokens"

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), primary_key=True, index=True)


class LivingMarkKind(StrEnum):
    """How somebody lives, where it matters for them (Art. 7(3)3, 25(1)). Over 80 is read from the birthday."""

    LIVING_ALONE = "living_alone"
    NO_FAMILY = "no_family"
    GRAVELY_ILL = "gravely_ill"
    HARDSHIP = "hardship"
    DISABLED = "disabled"
    BEDRIDDEN = "bedridden"
    CARE_HOME = "care_home"
    PSYCHIATRIC_HOSPITAL = "psychiatric_hospital"


class LivingMark(Identified, Base):
    """A mark set by staff, to be looked at again on `review_on`."""

    __tablename__ = "living_marks"
    __table_args__ = (
        partial_index(
            "uq_living_marks_standing_retiree_id_kind",
            "retiree_id",
            "kind",
            unique=True,
            where=text("ended_at IS NULL"),
        ),
    )

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    kind: Mapped[LivingMarkKind]
    set_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime]
    review_on: Mapped[date]
    ended_at: Mapped[datetime | None]


class ExclusionSource(StrEnum):
    """Who said that a person cannot do an action."""

    STAFF = "staff"
    SELF = "self"
    LEARNED = "learned"


class ActionExclusion(Identified, Base):
    """An action a retiree is not asked for, this year and the next ones."""

    __tablename__ = "action_exclusions"
    __table_args__ = (UniqueConstraint("retiree_id", "action"),)

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    action: Mapped[str] = mapped_column(String(32))
    source: Mapped[ExclusionSource]
    created_at: Mapped[datetime]
