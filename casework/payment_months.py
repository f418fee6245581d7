"""The month whose payment decisions are open: held by whoever changes what is paid, alone by whoever closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clock import local_date
from models import PaymentMonth
from models.benefit import PaymentStatus
from policy.months import month_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def hold_open_month(session: Session, *, now: datetime, alone: bool = False) -> int:
    """Return the open month, held until the transaction ends; the first ever is the present one."""
    open_rows = select(PaymentMonth.month).where(PaymentMonth.status == PaymentStatus.OPEN)
    held = open_rows.with_for_update(read=not alone)
    month = session.scalar(held)
    if month is None:
        if session.scalar(select(func.count()).select_from(PaymentMonth)) == 0:
            try:
                with session.begin_nested():
                    session.add(PaymentMonth(month=month_of(local_date(now))))
            except IntegrityError:
                pass  # somebody else opened it at this moment
        # or the one that was open was closed while this call waited for it, and the next one is open now
        month = session.scalars(held).one()
    return month


def last_closed(session: Session) -> int | None:
    """Return the last month whose file is closed, None before the first."""
    return session.scalar(select(func.max(PaymentMonth.month)).where(PaymentMonth.status == PaymentStatus.CLOSED))
