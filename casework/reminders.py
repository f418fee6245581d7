"""The ladder of reminders before a certification is due and after it: the retiree, relatives, the community's calls.

Written for everybody whose rung was reached since the last night run, by statements that may run again. Not to the
dead, not to the certified; the outbox keeps the night quiet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, literal, not_, or_, select, update

from casework.benefit_conditions import is_certified, messages_delivered, tried_since
from casework.bulk import insert_new, rows_of, text_of
from casework.reminder_stops import REMINDER, REMINDER_ABROAD, REMINDER_LATE, REMINDERS, is_said_dead
from models import Account, Benefit, Binding, Call, OutboxMessage, Retiree, Ticket
from models.account import Relation
from models.benefit import BenefitStatus
from models.outbox import OutboxStatus
from models.random_id import RandomId
from models.ticket import ENDED, TicketKind
from policy.relations import Right, may

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from casework.benefit_terms import BenefitTerms

# So long after the due day people are still reminded; a suspended pension reminds by itself.
MOST_DAYS_LATE = 90


@dataclass(frozen=True)
class Rung:
    """One step of the ladder for everybody who is due on one day. days: until then; below 0: since then."""

    due_by: date
    days: int


def rungs_between(before: date, as_of: date, terms: BenefitTerms) -> Iterator[Rung]:
    """Yield the rungs reached after `before` and up to `as_of`: of several for one due day only the latest."""
    ladder = sorted(terms.remind_days)
    late = range(terms.overdue_days, MOST_DAYS_LATE + 1, terms.overdue_days)
    days = [-one for one in reversed(late)] + ladder
    first, last = before + timedelta(days=min(days) + 1), as_of + timedelta(days=max(days))
    for place in range((last - first).days + 1):
        due_by = first + timedelta(days=place)
        reached = [one for one in days if before < due_by - timedelta(days=one) <= as_of]
        if reached:
            yield Rung(due_by, min(reached))


def remind_all(session: Session, rungs: list[Rung], terms: BenefitTerms, *, now: datetime) -> int:
    """Write the messages of some rungs and return how many."""
    return sum(_remind(session, rung, terms, now) for rung in rungs)


def list_calls(session: Session, rungs: list[Rung], terms: BenefitTerms, *, today: date, now: datetime) -> int:
    """Put whoever no message reached on the community's call list, and after the due day whoever is not certified."""
    written = 0
    for rung in rungs:
        if rung.days > terms.calls_from or rung.days < -terms.overdue_days:
            continue
        conditions = [*_asked(rung.due_by, today), Retiree.lives_abroad.is_(False), not_(_is_helped())]
        if rung.days > 0:
            conditions.append(messages_delivered(tried_since(today, terms)) == 0)
        written += insert_new(
            session,
            Call,
            {
                "id": RandomId(),
                "retiree_id": Retiree.id,
                "owner_code": Retiree.owner_code,
                "due_by": Retiree.due_by,
                "listed_at": now,
            },
            select(Retiree.id).where(*conditions),
        )
    return written


def end_needless(session: Session, *, today: date, now: datetime) -> int:
    """Take back messages and calls that wait for somebody who was certified or died meanwhile; return how many."""
    needless = select(Retiree.id).where(or_(is_certified(today), is_said_dead()))
    ended = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.status == OutboxStatus.WAITING,
            OutboxMessage.notice.in_(REMINDERS),
            OutboxMessage.retiree_id.in_(
                needless.where(Retiree.id == OutboxMessage.retiree_id).correlate(OutboxMessage)
            ),
        )
        .values(status=OutboxStatus.CANCELLED, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    lapsed = session.execute(
        update(Call)
        .where(
            Call.called_at.is_(None),
            Call.lapsed_at.is_(None),
            Call.retiree_id.in_(needless.where(Retiree.id == Call.retiree_id).correlate(Call)),
        )
        .values(lapsed_at=now)
        .execution_options(synchronize_session=False)
    )
    return rows_of(ended) + rows_of(lapsed)


def _remind(session: Session, rung: Rung, terms: BenefitTerms, now: datetime) -> int:
    """Write the messages of one rung: to the retiree's own accounts, from some days before to relatives too."""
    today = rung.due_by - timedelta(days=rung.days)
    told = [one for one in Relation if may(one, Right.SEE_STANDING)]
    relations = told if rung.days <= terms.relatives_from else [Relation.SELF]
    written = 0
    for abroad in (False, True):
        notice = REMINDER_ABROAD if abroad else REMINDER if rung.days >= 0 else REMINDER_LATE
        values = {"days": abs(rung.days), "due_by": rung.due_by.isoformat()}
        cause = literal(f"remind:{rung.due_by:%Y%m%d}:{rung.days}:") + text_of(Retiree.id) + ":" + text_of(Account.id)
        written += insert_new(
            session,
            OutboxMessage,
            {
                "id": RandomId(),
                "cause": cause,
                "account_id": Account.id,
                "retiree_id": Retiree.id,
                "notice": notice,
                "values": json.dumps(values),
                "is_reply": False,
                "status": OutboxStatus.WAITING,
                "refused": "",
                "tries": 0,
                "next_try_at": now,
                "created_at": now,
            },
            select(Retiree.id)
            .join(Binding, Binding.retiree_id == Retiree.id)
            .join(Account, Account.id == Binding.account_id)
            .where(
                *_asked(rung.due_by, today),
                Retiree.lives_abroad.is_(abroad),
                Binding.relation.in_(relations),
                Binding.confirmed_at.is_not(None),
                or_(Binding.ended_at.is_(None), Binding.ended_at > now),
                Account.openid.is_not(None),
            ),
        )
    return written


def _asked(due_by: date, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions for whoever is due on a day and is to be asked: alive as far as known, not certified."""
    over = select(Benefit.id).where(Benefit.status == BenefitStatus.TERMINATED, Benefit.id == Retiree.id).exists()
    return [Retiree.due_by == due_by, not_(is_certified(today)), not_(is_said_dead()), not_(over)]


def _is_helped() -> ColumnElement[bool]:
    return (
        select(Ticket.id)
        .where(
            and_(
                Ticket.retiree_id == Retiree.id,
                Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
                Ticket.status.not_in(ENDED),
            )
        )
        .exists()
    )
