"""Conditions on retirees that night run and decisions ask alike: overdue, tried to reach, with an open case."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select, union_all

from casework.reminder_stops import REMINDERS
from clock import LOCAL_ZONE
from models import Call, LifeEvent, OutboxMessage, Retiree, Review, Ticket, Visit
from models.certification import ReviewStatus
from models.life_event import OPEN_EVENTS, LifeEventKind
from models.outbox import OutboxStatus
from models.reaching import CallOutcome
from models.ticket import ENDED

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Exists, ScalarSelect

    from casework.benefit_terms import BenefitTerms


def is_certified(today: date) -> ColumnElement[bool]:
    """Return the condition that a certification counts today."""
    return and_(Retiree.certified_until.is_not(None), Retiree.certified_until >= today)


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


def messages_delivered(since: datetime) -> ScalarSelect[int]:
    """Return the number of reminders delivered about a retiree, to them or to a relative."""
    return (
        select(func.count())
        .select_from(OutboxMessage)
        .where(
            OutboxMessage.retiree_id == Retiree.id,
            OutboxMessage.notice.in_(REMINDERS),
            OutboxMessage.status == OutboxStatus.SENT,
            OutboxMessage.ended_at >= since,
        )
        .correlate(Retiree)
        .scalar_subquery()
    )


def was_called(since: datetime) -> ColumnElement[bool]:
    """Return the condition that a call was one to the person or a relative."""
    return and_(Call.called_at >= since, Call.outcome != CallOutcome.WRONG_NUMBER)


def calls_made(since: datetime) -> ScalarSelect[int]:
    """Return the number of calls made to a retiree or a relative; a wrong number rang at somebody else's."""
    return (
        select(func.count())
        .select_from(Call)
        .where(Call.retiree_id == Retiree.id, was_called(since))
        .correlate(Retiree)
        .scalar_subquery()
    )


def visits_made(since: datetime) -> ScalarSelect[int]:
    """Return the number of visits made to a retiree."""
    return (
        select(func.count())
        .select_from(Visit)
        .where(Visit.retiree_id == Retiree.id, Visit.ended_at >= since)
        .correlate(Retiree)
        .scalar_subquery()
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


def was_never_tried(since: datetime) -> ColumnElement[bool]:
    """Return the contrary, in the form that databases answer for everybody at once."""
    return and_(
        ~exists().where(OutboxMessage.retiree_id == Retiree.id, *_delivered(since)),
        ~exists().where(Call.retiree_id == Retiree.id, was_called(since)),
        ~exists().where(Visit.retiree_id == Retiree.id, Visit.ended_at >= since),
    )


def _delivered(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.notice.in_(REMINDERS),
        OutboxMessage.status == OutboxStatus.SENT,
        OutboxMessage.ended_at >= since,
    )
