"""One call of the community's list: whom it is to, with the number, for whoever is about to make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.rights import StaffRight
from casework.scope import require, within
from models import Call, Retiree
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Staff
    from models.audit import Actor


def open_call(
    session: Session, staff: Staff, call_id: uuid.UUID, *, actor: Actor, now: datetime
) -> tuple[Call, Retiree]:
    """Return a call in reach and whom it is to; the number is shown whole, and the look is written down."""
    require(staff, StaffRight.WORK_TICKETS)
    call = session.scalar(select(Call).where(Call.id == call_id, within(Call.owner_code, staff.region_code)))
    if call is None:
        raise Refusal("not_yours")
    retiree = session.get_one(Retiree, call.retiree_id)
    record(session, actor, "call.show", retiree, now=now)
    return call, retiree


def people_of_calls(session: Session, calls: Collection[Call]) -> dict[uuid.UUID, Retiree]:
    """Return whom calls in reach are to."""
    ids = {one.retiree_id for one in calls}
    return {one.id: one for one in session.scalars(select(Retiree).where(Retiree.id.in_(ids)))}
