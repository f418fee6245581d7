"""我还活着: somebody stopped or declared dead by mistake. The highest priority; decided the same working day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.benefit_books import open_book
from casework.payment_months import last_closed
from clock import local_date
from models import BenefitAction
from models.benefit import ActionKind, ActionStatus, BenefitStatus
from policy.working_days import first_working_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models import LifeEvent
    from models.benefit import ReasonKind

_AGAINST = (ActionKind.SUSPEND, ActionKind.TERMINATE, ActionKind.RECOVER)


@dataclass(frozen=True)
class AliveCase:
    """What whoever decides must see, and what the person is told.

    decide_by: the day by whose end it is decided. is_late: that day is over. status, reasons: what was stopped and why.
    held: proposals against the person that wait for this decision. back_pay_months, back_pay_cents: what is paid back
    once it is found true; an estimate, for the decision computes it anew.
    """

    event: LifeEvent
    decide_by: date
    is_late: bool
    status: BenefitStatus | None
    reasons: frozenset[ReasonKind]
    held: Sequence[BenefitAction]
    back_pay_months: tuple[int, ...]
    back_pay_cents: int


def decide_by(reported_on: date) -> date:
    """Return the working day on which it is decided: the day of the word itself, or the next one that is worked."""
    return first_working_day(reported_on)


def find_alive_case(session: Session, event: LifeEvent, *, now: datetime) -> AliveCase:
    """Return the case that a record of kind `still_alive` opens."""
    day = decide_by(local_date(event.reported_at))
    book = None if event.retiree_id is None else open_book(session, event.retiree_id)
    closed = last_closed(session)
    held = session.scalars(
        select(BenefitAction).where(
            BenefitAction.benefit_id == event.retiree_id,
            BenefitAction.status == ActionStatus.PROPOSED,
            BenefitAction.kind.in_(_AGAINST),
        )
    ).all()
    owed: list[tuple[int, int]] = []
    if book is not None and closed is not None:
        # as if nothing had been stopped by mistake: what the death took, and what waits under the reasons
        last = book.benefit.last_month
        owed = [
            (month.month, book.amount_in(month.month) - month.paid - month.back_paid)
            for month in book.balance(closed)
            if (month.owed or (last is not None and month.month > last)) and not month.paid and not month.back_paid
        ]
    return AliveCase(
        event=event,
        decide_by=day,
        is_late=event.is_open and local_date(now) > day,
        status=None if book is None else book.benefit.status,
        reasons=frozenset() if book is None else frozenset(book.standing),
        held=held,
        back_pay_months=tuple(month for month, _cents in owed),
        back_pay_cents=sum(cents for _month, cents in owed),
    )
