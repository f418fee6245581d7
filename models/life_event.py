"""What happened to a retiree, as a record that staff verify, and who looked after the person from which day."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified, partial_index
from models.types import EncryptedText


class LifeEventKind(StrEnum):
    """What happened. `reversal`: an earlier record was wrong (the new record that says so)."""

    DEATH = "death"
    ADDRESS_CHANGE = "address_change"
    PHONE_CHANGE = "phone_change"
    MOVING_AWAY = "moving_away"
    MISSING = "missing"
    REAPPEARANCE = "reappearance"
    IMPRISONED = "imprisoned"
    RELEASED = "released"
    DUPLICATE_BENEFIT = "duplicate_benefit"
    DUPLICATE_ENDED = "duplicate_ended"
    FRAUD = "fraud"
    STILL_ALIVE = "still_alive"
    REVERSAL = "reversal"


class LifeEventStatus(StrEnum):
    """How far a record is verified: told, corroborated by the community, confirmed by the agency."""

    NOTIFIED = "notified"
    CORROBORATED = "corroborated"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


# Records that may be true: neither found false nor taken back.
STANDING_EVENTS = (LifeEventStatus.NOTIFIED, LifeEventStatus.CORROBORATED, LifeEventStatus.CONFIRMED)
# Records that wait for staff.
OPEN_EVENTS = (LifeEventStatus.NOTIFIED, LifeEventStatus.CORROBORATED)
_STANDING = text("status IN ('notified', 'corroborated', 'confirmed')")


EFFECT_LENGTH = 200


class EventSource(StrEnum):
    """From whom a record came first."""

    ACCOUNT = "account"
    ANONYMOUS = "anonymous"
    STAFF = "staff"
    DATA = "data"


class LifeEvent(Identified, Base):
    """One event in a life (人员状态变动, Art. 28): what, whom, when, told by whom and when, verified by whom, effect.

    happened_on: a death's day, the first day of a sentence, the day from which an address holds. reported_by: the id of
    the account or member of staff, or the name of the data's source. report_by, national_report_by: the last days to
    report a death by the rule set and by national rule. is_declared: of somebody missing, whether kin or an interested
    party told us as Art. 32(2) asks. reverses_id: of a reversal, the record that was wrong. effect: codes of what
    followed, by comma.
    """

    __tablename__ = "life_events"
    __table_args__ = (
        partial_index(
            "ix_life_events_standing_kind_retiree_id",
            "kind",
            "retiree_id",
            where=_STANDING,
        ),
        Index("ix_life_events_owner_code_status", "owner_code", "status"),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[LifeEventKind]
    status: Mapped[LifeEventStatus] = mapped_column(default=LifeEventStatus.NOTIFIED)
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("retirees.id"), index=True, comment="none: not found in the roster, staff look"
    )
    owner_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), comment="who corroborates")
    happened_on: Mapped[date | None]
    source: Mapped[EventSource]
    reported_by: Mapped[str] = mapped_column(String(64))
    reported_at: Mapped[datetime]
    content: Mapped[str] = mapped_column(EncryptedText("life_events.content"), comment="JSON: everything that was told")
    report_by: Mapped[date | None]
    national_report_by: Mapped[date | None]
    is_late: Mapped[bool] = mapped_column(default=False, comment="told after report_by")
    is_late_nationally: Mapped[bool] = mapped_column(default=False, comment="told after national_report_by")
    is_declared: Mapped[bool] = mapped_column(default=False)
    rule_set: Mapped[str] = mapped_column(String(32))
    corroborated_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    corroborated_at: Mapped[datetime | None]
    verified_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"), comment="confirmed or rejected")
    verified_at: Mapped[datetime | None]
    finding: Mapped[str | None] = mapped_column(
        EncryptedText("life_events.finding"), comment="what staff found, in their words"
    )
    effect: Mapped[str] = mapped_column(String(EFFECT_LENGTH), default="")
    applied_on: Mapped[date | None] = mapped_column(comment="the day on which a change with a day to come took effect")
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("life_events.id"), index=True)

    @property
    def is_open(self) -> bool:
        """Whether staff have still to say what is true."""
        return self.status in OPEN_EVENTS

    @property
    def is_standing(self) -> bool:
        """Whether it may be true: neither found false nor taken back."""
        return self.status in STANDING_EVENTS


class Responsibility(Identified, Base):
    """Who looked after a retiree from which day to which (Art. 12(1)). Rows are only ever added.

    Of a day the last that begins up to it counts, of two that begin on one day the one set last. from_on: none means
    from the beginning.
    """

    __tablename__ = "responsibilities"
    __table_args__ = (Index("ix_responsibilities_retiree_id_from_on", "retiree_id", "from_on"),)

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"))
    owner_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    from_on: Mapped[date | None]
    life_event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("life_events.id"))
    set_by: Mapped[str] = mapped_column(String(64))
    set_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(comment="counts the rows of a person: of two of one moment the later one")
