"""Monthly amounts: set from a month whose file is still open, so that what was paid stays what it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.payment_months import hold_open_month, last_closed
from models import Benefit, BenefitAmount
from models.audit import record
from policy.months import month_of
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Retiree
    from models.audit import Actor

# It stands in the payment file as it is: no comma, no line, nothing that a spreadsheet takes for a formula.
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}")


def set_amount(
    session: Session,
    retiree: Retiree,
    cents: int,
    *,
    actor: Actor,
    now: datetime,
    from_month: int | None = None,
    number: str | None = None,
) -> str:
    """Set the monthly amount from a month on, opening the pension where there is none; "added", "updated", "unchanged".

    from_month: the open one when None; of a new pension that of its first day, if that is to come.
    number: under which the paying system knows the person.
    Raises Refusal `month_closed` for a month whose file is closed, `amount_wrong`, `number_wrong`, `number_taken`,
    `number_fixed`.
    """
    if cents <= 0:
        raise Refusal("amount_wrong", field="amount")
    if number is not None:
        _check_number(session, retiree, number)
    open_month = hold_open_month(session, now=now)
    benefit = session.get(Benefit, retiree.id)
    is_new = benefit is None
    # nobody is paid before the first day of their pension unless the month is said
    usual = max(open_month, month_of(retiree.entitled_from)) if is_new else open_month
    month = usual if from_month is None else from_month
    if month < open_month:
        raise Refusal("month_closed", field="from_month")
    if benefit is None:
        benefit = Benefit(id=retiree.id, number=number or retiree.id.hex, first_month=month, created_at=now)
        session.add(benefit)
        session.flush()
    is_renamed = number is not None and number != benefit.number
    if number is not None and is_renamed:
        benefit.number = number
    known = session.scalars(
        select(BenefitAmount).where(BenefitAmount.benefit_id == retiree.id).order_by(BenefitAmount.from_month)
    ).all()
    in_force = next((one for one in known if one.until_month is None), None)
    if in_force is not None and in_force.cents == cents and in_force.from_month <= month:
        return "updated" if is_renamed else "unchanged"
    if in_force is not None and in_force.from_month > month:
        raise Refusal("later_amount_known", field="from_month")
    if in_force is not None and in_force.from_month == month:
        known = [one for one in known if one is not in_force]
        session.delete(in_force)  # no file has followed it yet
        session.flush()
    _follow(session, benefit, known, month, cents)
    record(session, actor, "benefit.amount", retiree, now=now)
    return "added" if is_new else "updated"


def _follow(session: Session, benefit: Benefit, before: Sequence[BenefitAmount], month: int, cents: int) -> None:
    """Let an amount follow the last of those before it, which goes on where it is the same."""
    last = before[-1] if before else None
    if last is not None and last.cents == cents:
        last.until_month = None
        return
    if last is not None:
        last.until_month = month - 1
        session.flush()
    session.add(BenefitAmount(benefit_id=benefit.id, from_month=month, cents=cents))


def _check_number(session: Session, retiree: Retiree, number: str) -> None:
    if not _NUMBER.fullmatch(number):
        raise Refusal("number_wrong", field="number")
    others = select(Benefit.id).where(Benefit.number == number, Benefit.id != retiree.id)
    if session.scalar(others) is not None:
        raise Refusal("number_taken", field="number")
    # a closed file can be written anew only while everybody in it has the number that it says
    written = select(BenefitAmount.id).join(Benefit, Benefit.id == BenefitAmount.benefit_id)
    in_files = written.where(
        Benefit.id == retiree.id, Benefit.number != number, BenefitAmount.from_month <= (last_closed(session) or 0)
    )
    if session.scalar(in_files.limit(1)) is not None:
        raise Refusal("number_fixed", field="number")
