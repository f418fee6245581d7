"""Every status, what may follow it, and the row that each change leaves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, String, update
from sqlalchemy.orm import Mapped, mapped_column

from models.attempt import Attempt, AttemptStatus, CertificationSession, SessionStatus
from models.base import Base, Identified
from models.benefit import ActionStatus, Benefit, BenefitAction, BenefitStatus, PaymentStatus
from models.certification import Review, ReviewStatus
from models.conversation import InboxStatus
from models.knowledge import ChangeStatus, KnowledgeChange
from models.life_event import LifeEvent, LifeEventStatus
from models.outbox import OutboxStatus
from models.recovery import Lead, LeadStatus, Overpayment, OverpaymentStatus
from models.report import Report, ReportStatus
from models.ticket import Ticket, TicketStatus
from models.visit import CheckStatus, VisitCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from models.audit import Actor

MovingRow = (
    CertificationSession
    | Attempt
    | Review
    | Ticket
    | Report
    | VisitCheck
    | Benefit
    | BenefitAction
    | LifeEvent
    | Overpayment
    | Lead
    | KnowledgeChange
)

TRANSITIONS: dict[type[StrEnum], dict[StrEnum, frozenset[StrEnum]]] = {
    SessionStatus: {
        SessionStatus.OPEN: frozenset(
            {SessionStatus.CERTIFIED, SessionStatus.IN_REVIEW, SessionStatus.REFUSED, SessionStatus.SUPERSEDED}
        ),
        SessionStatus.CERTIFIED: frozenset(),
        SessionStatus.IN_REVIEW: frozenset({SessionStatus.CERTIFIED, SessionStatus.REFUSED}),
        SessionStatus.REFUSED: frozenset(),
        SessionStatus.SUPERSEDED: frozenset(),
    },
    AttemptStatus: {
        AttemptStatus.RUNNING: frozenset(set(AttemptStatus) - {AttemptStatus.RUNNING}),
        AttemptStatus.CERTIFIED: frozenset(),
        AttemptStatus.RETRY: frozenset(),
        AttemptStatus.REVIEW: frozenset({AttemptStatus.CERTIFIED, AttemptStatus.REFUSED}),
        AttemptStatus.REFUSED: frozenset(),
        AttemptStatus.SUPERSEDED: frozenset(),
    },
    ReviewStatus: {
        ReviewStatus.OPEN: frozenset({ReviewStatus.CERTIFIED, ReviewStatus.REFUSED, ReviewStatus.VISIT}),
        ReviewStatus.CERTIFIED: frozenset(),
        ReviewStatus.REFUSED: frozenset(),
        ReviewStatus.VISIT: frozenset(),
    },
    TicketStatus: {
        # done at once: a question answered, a person who was certified by another way meanwhile
        TicketStatus.OPEN: frozenset(set(TicketStatus) - {TicketStatus.OPEN}),
        # back to open: given back, taken away, or gone along to where the person moved
        TicketStatus.ASSIGNED: frozenset(set(TicketStatus) - {TicketStatus.ASSIGNED}),
        TicketStatus.SCHEDULED: frozenset(set(TicketStatus) - {TicketStatus.SCHEDULED}),
        TicketStatus.IN_PROGRESS: frozenset(set(TicketStatus) - {TicketStatus.IN_PROGRESS}),
        TicketStatus.ESCALATED: frozenset(set(TicketStatus) - {TicketStatus.ESCALATED}),
        TicketStatus.DONE: frozenset(),
        TicketStatus.CANCELLED: frozenset(),
    },
    ReportStatus: {
        ReportStatus.NOTIFIED: frozenset({ReportStatus.WITHDRAWN}),
        ReportStatus.WITHDRAWN: frozenset(),
    },
    CheckStatus: {
        CheckStatus.OPEN: frozenset({CheckStatus.CONFIRMED, CheckStatus.OBJECTED}),
        CheckStatus.CONFIRMED: frozenset(),
        CheckStatus.OBJECTED: frozenset(),
    },
    InboxStatus: {
        InboxStatus.DEFERRED: frozenset({InboxStatus.ANSWERED}),
        InboxStatus.ANSWERED: frozenset(),
    },
    OutboxStatus: {
        OutboxStatus.WAITING: frozenset(
            {OutboxStatus.SENT, OutboxStatus.UNCERTAIN, OutboxStatus.FAILED, OutboxStatus.CANCELLED}
        ),
        # WeChat says later that the person blocks us: another channel
        OutboxStatus.SENT: frozenset({OutboxStatus.WAITING}),
        OutboxStatus.UNCERTAIN: frozenset(),
        OutboxStatus.FAILED: frozenset(),
        OutboxStatus.CANCELLED: frozenset(),
    },
    LifeEventStatus: {
        LifeEventStatus.NOTIFIED: frozenset(
            {
                LifeEventStatus.CORROBORATED,
                LifeEventStatus.CONFIRMED,
                LifeEventStatus.REJECTED,
                LifeEventStatus.WITHDRAWN,
            }
        ),
        LifeEventStatus.CORROBORATED: frozenset({LifeEventStatus.CONFIRMED, LifeEventStatus.REJECTED}),
        # a confirmed record that was wrong: the record that reverses it says why
        LifeEventStatus.CONFIRMED: frozenset({LifeEventStatus.REVERSED}),
        LifeEventStatus.REJECTED: frozenset(),
        LifeEventStatus.WITHDRAWN: frozenset(),
        LifeEventStatus.REVERSED: frozenset(),
    },
    BenefitStatus: {
        BenefitStatus.PAID: frozenset({BenefitStatus.SUSPENDED, BenefitStatus.TERMINATED}),
        BenefitStatus.SUSPENDED: frozenset({BenefitStatus.PAID, BenefitStatus.TERMINATED}),
        # only where the death was none
        BenefitStatus.TERMINATED: frozenset({BenefitStatus.PAID, BenefitStatus.SUSPENDED}),
    },
    ActionStatus: {
        ActionStatus.PROPOSED: frozenset(
            {
                ActionStatus.EXCLUDED,
                ActionStatus.APPROVED,
                ActionStatus.REFUSED,
                ActionStatus.LAPSED,
            }
        ),
        ActionStatus.EXCLUDED: frozenset({ActionStatus.LAPSED}),
        ActionStatus.APPROVED: frozenset({ActionStatus.UNDONE}),
        ActionStatus.REFUSED: frozenset(),
        ActionStatus.LAPSED: frozenset(),
        ActionStatus.UNDONE: frozenset(),
    },
    PaymentStatus: {
        PaymentStatus.OPEN: frozenset({PaymentStatus.CLOSED}),
        PaymentStatus.CLOSED: frozenset(),
    },
    OverpaymentStatus: {
        OverpaymentStatus.INVESTIGATING: frozenset({OverpaymentStatus.CLAIMED, OverpaymentStatus.CANCELLED}),
        OverpaymentStatus.CLAIMED: frozenset(
            {
                OverpaymentStatus.SETTLED,
                OverpaymentStatus.REFERRED,
                OverpaymentStatus.CANCELLED,
                # the claim was undone before anything came back
                OverpaymentStatus.INVESTIGATING,
            }
        ),
        # paid in the end, also after the department took it over
        OverpaymentStatus.REFERRED: frozenset({OverpaymentStatus.SETTLED, OverpaymentStatus.CANCELLED}),
        OverpaymentStatus.SETTLED: frozenset({OverpaymentStatus.CANCELLED}),
        OverpaymentStatus.CANCELLED: frozenset(),
    },
    LeadStatus: {
        LeadStatus.RECEIVED: frozenset({LeadStatus.INVESTIGATING}),
        LeadStatus.INVESTIGATING: frozenset({LeadStatus.FOUND, LeadStatus.NOT_FOUND}),
        LeadStatus.FOUND: frozenset(),
        LeadStatus.NOT_FOUND: frozenset(),
    },
    ChangeStatus: {
        ChangeStatus.DRAFT: frozenset({ChangeStatus.PUBLISHED, ChangeStatus.REJECTED}),
        ChangeStatus.PUBLISHED: frozenset({ChangeStatus.UNDONE}),
        ChangeStatus.REJECTED: frozenset(),
        ChangeStatus.UNDONE: frozenset(),
    },
}


class Transition(Identified, Base):
    """One change of a status: old, new, why, who, when."""

    __tablename__ = "transitions"
    __table_args__ = (Index("ix_transitions_subject", "subject_kind", "subject_id"),)

    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    old: Mapped[str] = mapped_column(String(32))
    new: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[str] = mapped_column(String(32))
    actor_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class IllegalTransition(Exception):
    """A status was asked to go where the table does not let it: a fault of ours."""


# What the statement returns is what the row is now; nothing else in the session is looked through for it.
_AS_IT_STANDS = MappingProxyType({"populate_existing": True, "synchronize_session": False})


def move(
    session: Session,
    row: MovingRow,
    new: StrEnum,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    also: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """Move `row` to status `new`, if it still stands where it was read; return whether this call moved it.

    The conditional update lets exactly one of two workers through; the other gets False and reads again.
    also: columns that change with the status. Raises IllegalTransition for a step that the table does not have.
    """
    old = row.status
    if new not in TRANSITIONS[type(old)][old]:
        raise IllegalTransition(f"{type(row).__name__}: {old} to {new}")
    session.flush()
    kind = type(row)
    moving = update(kind).where(kind.id == row.id, kind.status == old).values(status=new, **also).returning(kind)
    if session.scalars(moving, execution_options=_AS_IT_STANDS).one_or_none() is None:
        session.refresh(row)
        return False
    session.add(_step(row, old, new, reason, actor, now))
    return True


def move_held(session: Session, row: MovingRow, new: StrEnum, *, reason: str, actor: Actor, now: datetime) -> None:
    """Move a row that this transaction has locked, where thousands move at once and none is asked for again.

    Raises IllegalTransition for a step that the table does not have.
    """
    old = row.status
    if new not in TRANSITIONS[type(old)][old]:
        raise IllegalTransition(f"{type(row).__name__}: {old} to {new}")
    row.status = new  # type: ignore[assignment]  # of the row's own enum, or the table would not have it
    session.add(_step(row, old, new, reason, actor, now))


def _step(row: MovingRow, old: StrEnum, new: StrEnum, reason: str, actor: Actor, now: datetime) -> Transition:
    return Transition(
        subject_kind=type(row).__name__,
        subject_id=str(row.id),
        old=old,
        new=new,
        reason=reason,
        actor_kind=actor.kind,
        actor_name=actor.name,
        at=now,
    )
