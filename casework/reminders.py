"""The ladder of reminders before a certification is due and after it: the retiree, relatives, the community's calls.

Written for everybody whose rung was reached since the last night run, by statements that may run again. Not to the
dead, not to the certified; the outbox keeps the night quiet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, and_, case, exists, literal, not_, or_, select, update

from casework.benefit_conditions import needs_no_certification, no_message_reached, tried_since
from casework.bulk import insert_new, rows_of, text_of
from casework.reminder_stops import REMINDER, REMINDER_ABROAD, REMINDER_LATE, REMINDERS
from certification.standing import is_said_dead
from models import Account, Benefit, Binding, Call, OutboxMessage, Retiree, Ticket
from models.account import Relation
from models.benefit import BenefitStatus
from models.outbox import OutboxStatus, waiting_since
from models.random_id import RandomId
from models.ticket import ENDED, TicketKind
from policy.relations import Right, may

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

    from casework.benefit_terms import BenefitTerms
    from policy.rules import Clock

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


def remind_all(
    session: Session, rungs: list[Rung], terms: BenefitTerms, *, clock: Clock, today: date, now: datetime
) -> int:
    """Write the messages of some rungs and return how many: to the retiree, from some days before to relatives too."""
    if not rungs:
        return 0
    told = [one for one in Relation if may(one, Right.SEE_STANDING)]
    early = [rung.due_by for rung in rungs if rung.days > terms.relatives_from]
    late = [rung.due_by for rung in rungs if rung.days < 0]
    marks = {rung.due_by: f"remind:{rung.due_by:%Y%m%d}:{rung.days}:" for rung in rungs}
    # after nights that did not run, a rung is said on another day than its own
    days = {rung.due_by: abs((rung.due_by - today).days) for rung in rungs}
    values = {day: json.dumps({"days": left, "due_by": day.isoformat()}) for day, left in days.items()}
    return insert_new(
        session,
        OutboxMessage,
        {
            "id": RandomId(),
            "cause": _by_due_day(marks, String()) + text_of(Retiree.id) + ":" + text_of(Account.id),
            "account_id": Account.id,
            "retiree_id": Retiree.id,
            "notice": case(
                (Retiree.lives_abroad, REMINDER_ABROAD), (Retiree.due_by.in_(late), REMINDER_LATE), else_=REMINDER
            ),
            "values": _by_due_day(values, OutboxMessage.__table__.c["values"].type),
            **waiting_since(now),
        },
        select(Retiree.id)
        .join(Binding, Binding.retiree_id == Retiree.id)
        .join(Account, Account.id == Binding.account_id)
        .where(
            *_asked([rung.due_by for rung in rungs], clock, today),
            or_(Binding.relation == Relation.SELF, Retiree.due_by.not_in(early)),
            Binding.relation.in_(told),
            Binding.confirmed_at.is_not(None),
            or_(Binding.ended_at.is_(None), Binding.ended_at > now),
            Account.openid.is_not(None),
        )
        .order_by(Retiree.id),
    )


def list_calls(
    session: Session, rungs: list[Rung], terms: BenefitTerms, *, clock: Clock, today: date, now: datetime
) -> int:
    """Put whoever no message reached on the community's call list, and after the due day whoever is not certified."""
    called = [rung for rung in rungs if -terms.overdue_days <= rung.days <= terms.calls_from]
    before = [rung.due_by for rung in called if rung.days > 0]
    after = [rung.due_by for rung in called if rung.days <= 0]
    not_reached = no_message_reached(tried_since(today, terms))
    listed = 0
    for days, conditions in ((before, [not_reached]), (after, [])):
        if not days:
            continue
        called_now = [*_asked(days, clock, today), Retiree.lives_abroad.is_(False), not_(_is_helped()), *conditions]
        listed += _list_again(session, days, called_now, now)
        listed += insert_new(
            session,
            Call,
            {
                "id": RandomId(),
                "retiree_id": Retiree.id,
                "owner_code": Retiree.owner_code,
                "due_by": Retiree.due_by,
                "listed_at": now,
            },
            select(Retiree.id).where(*called_now),
        )
    return listed


def _list_again(session: Session, days: list[date], called_now: list[ColumnElement[bool]], now: datetime) -> int:
    """Put calls back on the list that were taken off it for what turned out not to be so; return how many."""
    taken_off = (Call.due_by.in_(days), Call.lapsed_at.is_not(None), Call.called_at.is_(None))
    if session.scalar(select(Call.id).where(*taken_off).limit(1)) is None:
        return 0  # on most nights: then nobody is looked through for it
    about = exists().where(Retiree.id == Call.retiree_id, Retiree.due_by == Call.due_by, *called_now)
    owner = select(Retiree.owner_code).where(Retiree.id == Call.retiree_id).scalar_subquery()
    back = session.execute(
        update(Call)
        .where(*taken_off, about)
        .values(lapsed_at=None, listed_at=now, owner_code=owner)
        .execution_options(synchronize_session=False)
    )
    return rows_of(back)


def is_needless(clock: Clock, today: date) -> ColumnElement[bool]:
    """Return the condition that nobody is to be asked any more: certified meanwhile, or said to be dead."""
    return or_(needs_no_certification(today, clock), is_said_dead())


def end_needless(session: Session, *, clock: Clock, today: date, now: datetime) -> int:
    """Take back messages and calls that wait for somebody who was certified or died meanwhile; return how many.

    Whoever moved abroad is not called either: the consulate is their way. Nor about a day on which nothing is due any
    more: who was seen in December may be certified for that year in January.
    """
    needless = is_needless(clock, today)
    ended = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.status == OutboxStatus.WAITING,
            OutboxMessage.notice.in_(REMINDERS),
            exists().where(Retiree.id == OutboxMessage.retiree_id, needless),
        )
        .values(status=OutboxStatus.CANCELLED, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    lapsed = session.execute(
        update(Call)
        .where(
            Call.called_at.is_(None),
            Call.lapsed_at.is_(None),
            exists().where(
                Retiree.id == Call.retiree_id,
                or_(needless, Retiree.lives_abroad, Retiree.due_by != Call.due_by),
            ),
        )
        .values(lapsed_at=now)
        .execution_options(synchronize_session=False)
    )
    return rows_of(ended) + rows_of(lapsed)


def _by_due_day(values: dict[date, str], kind: TypeEngine[str]) -> ColumnElement[str]:
    """Return what is written by the day on which somebody is due: one statement writes for all of them."""
    return case({day: literal(value, kind) for day, value in values.items()}, value=Retiree.due_by)


def _asked(days: list[date], clock: Clock, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions for whoever is due on some days and is to be asked: not certified, not known to be dead."""
    over = select(Benefit.id).where(Benefit.status == BenefitStatus.TERMINATED, Benefit.id == Retiree.id).exists()
    return [Retiree.due_by.in_(days), not_(needs_no_certification(today, clock)), not_(is_said_dead()), not_(over)]


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
