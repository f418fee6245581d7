"""What people are told once a month is closed: that their pension is suspended from it on, or paid again.

Before that an approval may still be undone; after it the file says so. Not to whom a death was told of.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import case, not_, select

from casework.bulk import insert_new, text_of
from casework.payment_files import ended_before, paid_in
from casework.reminder_stops import PENSION_RESUMED, PENSION_SUSPENDED, PENSION_UNCERTIFIED
from certification.certify import may_hear
from certification.standing import is_said_dead
from models import Account, Benefit, BenefitAction, BenefitAmount, BenefitStop, Binding, OutboxMessage, Retiree
from models.benefit import BenefitStatus, ReasonKind
from models.bulk import look_up_singly
from models.outbox import waiting_since
from models.random_id import RandomId
from policy.months import write_month

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def tell_of_month(session: Session, month: int, *, now: datetime) -> int:
    """Write the messages of a month that was closed just now, and return how many.

    Whoever is suspended from it on and was paid the month before is told, and so is whoever is paid again in it; the
    retiree, and who looks after them.
    """
    look_up_singly(session)
    uncertified = BenefitAction.reason == ReasonKind.NOT_CERTIFIED
    told = _tell(
        session,
        month,
        case((uncertified, PENSION_UNCERTIFIED), else_=PENSION_SUSPENDED),
        [
            BenefitStop.from_month == month,
            BenefitStop.until_month.is_(None),
            BenefitStop.status == BenefitStatus.SUSPENDED,
            Benefit.status == BenefitStatus.SUSPENDED,
            *paid_in(month - 1),
        ],
        now,
    )
    again = [*ended_before(month, BenefitStop), *paid_in(month)]
    return told + _tell(session, month, PENSION_RESUMED, again, now)


def _tell(
    session: Session, month: int, notice: ColumnElement[str] | str, conditions: list[ColumnElement[bool]], now: datetime
) -> int:
    return insert_new(
        session,
        OutboxMessage,
        {
            "id": RandomId(),
            "cause": f"pension:{month}:" + text_of(Benefit.id) + ":" + text_of(Account.id),
            "account_id": Account.id,
            "retiree_id": Benefit.id,
            "notice": notice,
            "values": json.dumps({"month": write_month(month)}),
            **waiting_since(now),
        },
        select(Benefit.id)
        .join(BenefitStop, BenefitStop.benefit_id == Benefit.id)
        .join(BenefitAction, BenefitAction.id == BenefitStop.action_id)
        .join(Retiree, Retiree.id == Benefit.id)
        .join(BenefitAmount, BenefitAmount.benefit_id == Benefit.id)
        .join(Binding, Binding.retiree_id == Benefit.id)
        .join(Account, Account.id == Binding.account_id)
        .where(*conditions, may_hear(), not_(is_said_dead()))
        .order_by(Benefit.id),
    )
