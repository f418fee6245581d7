"""Conditions on retirees that night run and decisions ask alike: overdue, tried to reach, with an open case."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, literal, or_, select, union_all

from casework.reminder_stops import REMINDERS
from certification.year import RENEWAL_DAYS
from clock import LOCAL_ZONE
from models import Call, LifeEvent, OutboxMessage, Retiree, Review, Ticket, Visit
from models.certification import ReviewStatus
from models.life_event import OPEN_EVENTS, LifeEventKind
from models.outbox import OutboxStatus
from models.reaching import CallOutcome
from models.ticket import ENDED
from policy.rules import Clock

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Exists, Subquery

    from casework.benefit_terms import BenefitTerms


def is_certified(today: date) -> ColumnElement[bool]:
    """Return the condition that a certification counts on that day."""
    return and_(Retiree.certified_until.is_not(None), Retiree.certified_until >= today)


def needs_no_certification(today: date, clock: Clock) -> ColumnElement[bool]:
    """Return the contrary of `certification.year.may_certify_on`: a certification counts, and does not end soon.

    By a rolling clock one that still counts is to be renewed by the day on which it ends.
    """
    until = today if clock is Clock.CALENDAR_YEAR else today + timedelta(days=RENEWAL_DAYS)
    return is_certified(until)


def is_not_due_yet(today: date) -> ColumnElement[bool]:
    """Return the condition that the day for the next certification is to come.

    Whoever missed an earlier one was certified since, also where that one counted only to the end of the last year.
    """
    return Retiree.due_by >= today


def is_overdue(today: date, terms: BenefitTerms) -> ColumnElement[bool]:
    """Return the condition that no certification counts and the days of grace after the due day are over."""
    return and_(
        Retiree.due_by < today - timedelta(days=terms.grace_days),
        or_(Retiree.certified_until.is_(None), Retiree.certified_until < today),
    )


def has_open_case() -> ColumnElement[bool]:
    """Return the condition that something is open that is not the person's fault: help, a review, a report, an appeal.

    Information to be collected and care visits are no such case, nor is a tip, of which the person knows nothing.
    """
    return or_(*_cases())


def has_no_open_case() -> ColumnElement[bool]:
    """Return the contrary, in the form that databases answer for everybody at once."""
    return and_(*(~case for case in _cases()))


def _cases() -> tuple[Exists, ...]:
    return (
        exists().where(
            Ticket.retiree_id == Retiree.id,
            Ticket.status.not_in(ENDED),
            Ticket.kind.not_in(("information_collection", "welfare_call")),
        ),
        exists().where(Review.retiree_id == Retiree.id, Review.status == ReviewStatus.OPEN),
        exists().where(
            LifeEvent.retiree_id == Retiree.id,
            LifeEvent.status.in_(OPEN_EVENTS),
            LifeEvent.kind != LifeEventKind.FRAUD,
        ),
    )


def says_to_be_alive() -> ColumnElement[bool]:
    """Return the condition that somebody's word of being alive waits for a decision: no money moves against them."""
    return exists().where(
        LifeEvent.retiree_id == Retiree.id,
        LifeEvent.kind == LifeEventKind.STILL_ALIVE,
        LifeEvent.status.in_(OPEN_EVENTS),
    )


def tried_since(today: date, terms: BenefitTerms) -> datetime:
    """Return from when on an attempt to reach somebody counts for a proposal of today."""
    day = today - timedelta(days=terms.reach_days + terms.grace_days)
    return datetime.combine(day, time(), LOCAL_ZONE)


def was_called(since: datetime) -> ColumnElement[bool]:
    """Return the condition that a call was one to the person or a relative."""
    return and_(Call.called_at >= since, Call.outcome != CallOutcome.WRONG_NUMBER)


def attempts_since(since: datetime) -> Subquery:
    """Return who was tried to be reached, with how many messages delivered, calls and visits made, each person once."""
    none, one = literal(0), literal(1)
    each = union_all(
        select(OutboxMessage.retiree_id, one.label("messages"), none.label("calls"), none.label("visits")).where(
            OutboxMessage.retiree_id.is_not(None), *_delivered(since)
        ),
        select(Call.retiree_id, none, one, none).where(was_called(since)),
        select(Visit.retiree_id, none, none, one).where(Visit.ended_at >= since),
    ).subquery("tries")
    kinds = (each.c.messages, each.c.calls, each.c.visits)
    return (
        select(each.c.retiree_id, *(func.sum(kind).label(kind.key) for kind in kinds))
        .group_by(each.c.retiree_id)
        .subquery("attempts")
    )


def was_tried(since: datetime) -> ColumnElement[bool]:
    """Return the condition that somebody tried to reach the person: a delivered message, a call, a visit."""
    return Retiree.id.in_(
        union_all(
            select(OutboxMessage.retiree_id).where(OutboxMessage.retiree_id.is_not(None), *_delivered(since)),
            select(Call.retiree_id).where(was_called(since)),
            select(Visit.retiree_id).where(Visit.ended_at >= since),
        )
    )


def no_message_reached(since: datetime) -> ColumnElement[bool]:
    """Return the condition that no reminder was delivered about a retiree, to them or to a relative."""
    return ~exists().where(OutboxMessage.retiree_id == Retiree.id, *_delivered(since))


def was_never_tried(since: datetime) -> ColumnElement[bool]:
    """Return the contrary of `was_tried`, in the form that databases answer for everybody at once."""
    return and_(
        no_message_reached(since),
        ~exists().where(Call.retiree_id == Retiree.id, was_called(since)),
        ~exists().where(Visit.retiree_id == Retiree.id, Visit.ended_at >= since),
    )


def _delivered(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.notice.in_(REMINDERS),
        OutboxMessage.status == OutboxStatus.SENT,
        OutboxMessage.ended_at >= since,
    )
