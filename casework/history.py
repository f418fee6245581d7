"""What happened: to a ticket, and to a person, as one line of time put together from the tables that know."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from casework.matching_report import signs_of
from casework.rights import StaffRight
from casework.scope import find_person, require
from models import (
    AuditEntry,
    BenefitAction,
    Certification,
    CertificationSession,
    LifeEvent,
    OutboxMessage,
    Report,
    Retiree,
    Staff,
    Ticket,
    Transition,
    Visit,
)
from models.audit import ActorKind
from models.life_event import LifeEventKind
from models.report import ReportKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

MOST_OF_A_KIND = 50
# Acts on a person that change something or show them whole; each has words.
_ACTS = (
    "roster.add",
    "roster.update",
    "retiree.change",
    "retiree.marks",
    "retiree.unmask",
    "reference.add",
    "binding.confirm",
    "certify.revoke",
)


@dataclass(frozen=True)
class Event:
    """One thing that happened. kind: a key of `words.staff.EVENTS`. link: the ticket it leads to."""

    at: datetime
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    by: str = ""
    ticket_id: uuid.UUID | None = None

    def __repr__(self) -> str:
        return f"Event({self.kind})"


def ticket_history(session: Session, ticket: Ticket) -> list[Event]:
    """Return every change of a ticket: when, from what to what, why, by whom."""
    rows = session.scalars(
        select(Transition)
        .where(Transition.subject_kind == "Ticket", Transition.subject_id == str(ticket.id))
        .order_by(Transition.at)
    ).all()
    names = _names(session, {row.actor_name for row in rows if row.actor_kind == ActorKind.STAFF})
    return [
        Event(
            row.at,
            row.new,
            {"old": row.old, "reason": row.reason},
            by=names.get(row.actor_name, "") if row.actor_kind == ActorKind.STAFF else row.actor_kind,
        )
        for row in rows
    ]


def timeline(session: Session, staff: Staff, retiree_id: uuid.UUID) -> list[Event]:
    """Return what happened to a person in reach, the newest first; of each kind the latest fifty."""
    require(staff, StaffRight.SEE_PEOPLE)
    person = find_person(session, staff, retiree_id)
    events = [
        *_certifications(session, person),
        *_sessions(session, person),
        *_tickets(session, person),
        *_visits(session, person),
        *_reports(session, person),
        *_life_events(session, person),
        *_benefit_actions(session, person),
        *_messages(session, person),
        *_acts(session, person),
        *_signs(session, person),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _certifications(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(Certification).where(Certification.retiree_id == person.id)
    for row in session.scalars(rows.order_by(Certification.certified_at.desc()).limit(MOST_OF_A_KIND)):
        values = {"channel": row.channel, "receipt": row.receipt_number, "day": row.valid_until}
        yield Event(row.certified_at, "certified", values)


def _sessions(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(CertificationSession).where(CertificationSession.retiree_id == person.id)
    for row in session.scalars(rows.order_by(CertificationSession.created_at.desc()).limit(MOST_OF_A_KIND)):
        yield Event(row.created_at, "face", {"status": row.status})


def _tickets(session: Session, person: Retiree) -> Iterator[Event]:
    tips = select(Report.id).where(Report.retiree_id == person.id, Report.kind == ReportKind.FRAUD)
    rows = select(Ticket).where(
        Ticket.retiree_id == person.id, or_(Ticket.report_id.is_(None), Ticket.report_id.not_in(tips))
    )
    for row in session.scalars(rows.order_by(Ticket.created_at.desc()).limit(MOST_OF_A_KIND)):
        values = {"kind": row.kind, "number": row.number, "status": row.status}
        yield Event(row.created_at, "ticket", values, ticket_id=row.id)


def _visits(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(Visit, Staff.name).join(Staff, Staff.id == Visit.staff_id).where(Visit.retiree_id == person.id)
    for row, name in session.execute(rows.order_by(Visit.received_at.desc()).limit(MOST_OF_A_KIND)):
        yield Event(
            row.ended_at, "visit", {"outcome": row.outcome, "place": row.place}, by=name, ticket_id=row.ticket_id
        )


def _reports(session: Session, person: Retiree) -> Iterator[Event]:
    # a tip is the agency's alone
    rows = select(Report).where(Report.retiree_id == person.id, Report.kind != ReportKind.FRAUD)
    for row in session.scalars(rows.order_by(Report.reported_at.desc()).limit(MOST_OF_A_KIND)):
        yield Event(row.reported_at, "report", {"kind": row.kind, "number": row.number})


def _life_events(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(LifeEvent).where(LifeEvent.retiree_id == person.id, LifeEvent.kind != LifeEventKind.FRAUD)
    for row in session.scalars(rows.order_by(LifeEvent.reported_at.desc()).limit(MOST_OF_A_KIND)):
        values = {"kind": row.kind, "number": row.number, "status": row.status}
        yield Event(row.verified_at or row.reported_at, "life_event", values)


def _benefit_actions(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(BenefitAction).where(BenefitAction.benefit_id == person.id)
    for row in session.scalars(rows.order_by(BenefitAction.proposed_at.desc()).limit(MOST_OF_A_KIND)):
        yield Event(row.decided_at or row.proposed_at, "benefit", {"kind": row.kind, "status": row.status})


def _messages(session: Session, person: Retiree) -> Iterator[Event]:
    rows = select(OutboxMessage).where(OutboxMessage.retiree_id == person.id, OutboxMessage.is_reply.is_(False))
    for row in session.scalars(rows.order_by(OutboxMessage.created_at.desc()).limit(MOST_OF_A_KIND)):
        yield Event(row.created_at, "message", {"notice": row.notice, "status": row.status})


def _acts(session: Session, person: Retiree) -> Iterator[Event]:
    rows = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject_kind == "Retiree",
            AuditEntry.subject_id == str(person.id),
            AuditEntry.action.in_(_ACTS),
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST_OF_A_KIND)
    ).all()
    names = _names(session, {row.actor_name for row in rows if row.actor_kind is ActorKind.STAFF})
    for row in rows:
        yield Event(row.at, row.action, {"reason": row.reason}, by=names.get(row.actor_name, ""))


def _signs(session: Session, person: Retiree) -> Iterator[Event]:
    for sign in signs_of(session, person.id, most=MOST_OF_A_KIND):
        values = {"title": sign.title, "day": sign.happened_on, "kind": sign.kind, "decision": sign.decision}
        yield Event(sign.decided_at, "sign", values)


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    """Return the names of staff by their ids."""
    found = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_([uuid.UUID(one) for one in ids])))
    return {str(staff_id): name for staff_id, name in found}
