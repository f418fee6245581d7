"""Whether the database agrees with itself: every check looks for rows that no correct run of this software leaves.

A check is one or two statements that also two million people can be looked through with, and returns the ids of what
it found, which are nobody's personal data. It changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from casework.benefit_consistency import BENEFIT_CHECKS
from models import (
    Attempt,
    CarriedTask,
    Certification,
    CertificationSession,
    InboxMessage,
    OutboxMessage,
    Region,
    Retiree,
    Review,
    Staff,
    Ticket,
)
from models.attempt import AttemptStatus, SessionStatus
from models.certification import ReviewStatus
from models.conversation import InboxStatus
from models.outbox import OutboxStatus
from models.ticket import ENDED, TicketKind, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

# Work that lies longer than this is not being done.
STUCK = timedelta(hours=1)
EXAMPLES = 5
_HELD = (TicketStatus.ASSIGNED, TicketStatus.SCHEDULED, TicketStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Finding:
    """What a check found: how many, and the ids of the first few."""

    check: str
    count: int
    examples: tuple[str, ...]


def finding_of(check: str, found: Sequence[object]) -> list[Finding]:
    """Return the finding of a check, if there is anything."""
    return [Finding(check, len(found), tuple(str(one) for one in found[:EXAMPLES]))] if found else []


def check_rows(session: Session, *, now: datetime) -> list[Finding]:
    """Run every check on rows and return what they found."""
    findings: list[Finding] = []
    for name, write in CHECKS.items():
        findings += finding_of(name, session.scalars(write(now)).all())
    return findings


def _certified_twice(_now: datetime) -> Select[Any]:
    return (
        select(Certification.retiree_id)
        .where(Certification.revoked_at.is_(None))
        .group_by(Certification.retiree_id, Certification.period)
        .having(func.count() > 1)
    )


def _without_receipt(_now: datetime) -> Select[Any]:
    return select(Certification.id).where(func.length(Certification.receipt_number) == 0)


def _certified_without_certification(_now: datetime) -> Select[Any]:
    # somebody certified by another channel meanwhile has that certification, and the attempt has none of its own
    has_one = exists().where(
        Certification.retiree_id == Attempt.retiree_id,
        or_(Certification.attempt_id == Attempt.id, Certification.certified_at <= Attempt.ended_at),
    )
    return select(Attempt.id).where(Attempt.status == AttemptStatus.CERTIFIED, ~has_one)


def _certification_of_another_outcome(_now: datetime) -> Select[Any]:
    return (
        select(Certification.id)
        .join(Attempt, Attempt.id == Certification.attempt_id)
        .where(Certification.revoked_at.is_(None), Attempt.status != AttemptStatus.CERTIFIED)
    )


def _standing_disagrees(_now: datetime) -> Select[Any]:
    """Who stands otherwise than their last certification says; of two that end on one day either may be the last."""
    last = (
        select(Certification.retiree_id, func.max(Certification.valid_until).label("valid_until"))
        .where(Certification.revoked_at.is_(None))
        .group_by(Certification.retiree_id)
        .subquery()
    )
    counted = aliased(Certification)
    agrees = exists().where(
        counted.retiree_id == Retiree.id,
        counted.revoked_at.is_(None),
        counted.valid_until == Retiree.certified_until,
        counted.channel == Retiree.certified_by,
        counted.next_due_by == Retiree.due_by,
    )
    return (
        select(Retiree.id)
        .outerjoin(last, last.c.retiree_id == Retiree.id)
        .where(
            or_(
                Retiree.certified_until.is_distinct_from(last.c.valid_until),
                and_(last.c.valid_until.is_not(None), ~agrees),
                and_(last.c.valid_until.is_(None), Retiree.certified_by.is_not(None)),
            )
        )
    )


def _never_ended(now: datetime) -> Select[Any]:
    return select(Attempt.id).where(Attempt.status == AttemptStatus.RUNNING, Attempt.expires_at < now - STUCK)


def _ended_without_time(_now: datetime) -> Select[Any]:
    ended = Attempt.status.not_in((AttemptStatus.RUNNING, AttemptStatus.SUPERSEDED))
    return select(Attempt.id).where(ended, Attempt.ended_at.is_(None))


def _review_missing(_now: datetime) -> Select[Any]:
    has_one = exists().where(Review.attempt_id == Attempt.id)
    return select(Attempt.id).where(Attempt.status == AttemptStatus.REVIEW, ~has_one)


def _session_waits_for_nothing(_now: datetime) -> Select[Any]:
    """Sessions in review of which no attempt is with a reviewer."""
    waits = exists().where(
        Attempt.session_id == CertificationSession.id,
        Review.attempt_id == Attempt.id,
        Review.status == ReviewStatus.OPEN,
    )
    return select(CertificationSession.id).where(CertificationSession.status == SessionStatus.IN_REVIEW, ~waits)


def _review_without_ticket(_now: datetime) -> Select[Any]:
    has_one = exists().where(
        Ticket.retiree_id == Review.retiree_id,
        Ticket.kind == TicketKind.MANUAL_REVIEW,
        Ticket.status.not_in(ENDED),
    )
    return select(Review.id).where(Review.status == ReviewStatus.OPEN, ~has_one)


def _ticket_without_owner(_now: datetime) -> Select[Any]:
    has_region = exists().where(Region.code == Ticket.owner_code)
    return select(Ticket.id).where(Ticket.status.not_in(ENDED), or_(~has_region, Ticket.due_by.is_(None)))


def _ticket_in_nobodys_hands(_now: datetime) -> Select[Any]:
    """Tickets that somebody is said to work on who is not there."""
    works = exists().where(Staff.id == Ticket.assignee_id, Staff.closed_at.is_(None))
    return select(Ticket.id).where(Ticket.status.in_(_HELD), ~works)


def _ended_ticket_without_time(_now: datetime) -> Select[Any]:
    return select(Ticket.id).where((Ticket.status.in_(ENDED)) != (Ticket.closed_at.is_not(None)))


def _message_out_stuck(now: datetime) -> Select[Any]:
    return select(OutboxMessage.id).where(
        OutboxMessage.status == OutboxStatus.WAITING,
        OutboxMessage.next_try_at < now - STUCK,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now - STUCK),
    )


def _voice_message_stuck(now: datetime) -> Select[Any]:
    return select(InboxMessage.id).where(
        InboxMessage.status == InboxStatus.DEFERRED, InboxMessage.received_at < now - STUCK
    )


def _dead_letter(_now: datetime) -> Select[Any]:
    return select(CarriedTask.id).where(CarriedTask.given_up_at.is_not(None), CarriedTask.settled_at.is_(None))


def _task_lost(now: datetime) -> Select[Any]:
    return select(CarriedTask.id).where(CarriedTask.given_up_at.is_(None), CarriedTask.began_at < now - STUCK)


CHECKS: dict[str, Callable[[datetime], Select[Any]]] = {
    "certified_twice": _certified_twice,
    "certification_without_receipt": _without_receipt,
    "certified_attempt_without_certification": _certified_without_certification,
    "certification_of_an_attempt_that_failed": _certification_of_another_outcome,
    "standing_disagrees": _standing_disagrees,
    "attempt_never_ended": _never_ended,
    "attempt_ended_without_time": _ended_without_time,
    "review_missing": _review_missing,
    "session_waits_for_no_review": _session_waits_for_nothing,
    "review_without_ticket": _review_without_ticket,
    "ticket_without_owner": _ticket_without_owner,
    "ticket_in_nobodys_hands": _ticket_in_nobodys_hands,
    "ticket_ended_without_time": _ended_ticket_without_time,
    "message_out_stuck": _message_out_stuck,
    "voice_message_stuck": _voice_message_stuck,
    "dead_letter": _dead_letter,
    "task_lost": _task_lost,
    **BENEFIT_CHECKS,
}


def as_dicts(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return findings as they are printed and read by machines."""
    return [{"check": one.check, "count": one.count, "examples": list(one.examples)} for one in findings]
