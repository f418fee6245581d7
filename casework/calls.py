"""The community's call list: who is to be called, and what came of each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from casework.rights import StaffRight
from casework.scope import require, within
from models import Call
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Staff
    from models.audit import Actor
    from models.reaching import CallOutcome


def waiting_calls(session: Session, staff: Staff, *, limit: int = 200) -> Sequence[Call]:
    """Return the calls in reach that nobody made yet, the earliest due first."""
    require(staff, StaffRight.WORK_TICKETS)
    return session.scalars(
        select(Call)
        .where(within(Call.owner_code, staff.region_code), Call.called_at.is_(None), Call.lapsed_at.is_(None))
        .order_by(Call.due_by, Call.listed_at)
        .limit(limit)
    ).all()


def write_call(
    session: Session, staff: Staff, call_id: uuid.UUID, outcome: CallOutcome, *, actor: Actor, now: datetime
) -> Call:
    """Write down what came of a call. Raises Refusal `not_yours`, `call_made` where somebody else was faster."""
    require(staff, StaffRight.WORK_TICKETS)
    call = session.scalar(select(Call).where(Call.id == call_id, within(Call.owner_code, staff.region_code)))
    if call is None:
        raise Refusal("not_yours")
    made = session.execute(
        update(Call)
        .where(Call.id == call_id, Call.called_at.is_(None))
        .values(outcome=outcome, called_by_id=staff.id, called_at=now)
    )
    session.refresh(call)
    if made.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        raise Refusal("call_made")
    record(session, actor, "call.write", call, now=now, reason=outcome.value)
    return call
