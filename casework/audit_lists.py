"""Who saw or changed what: the audit as a list, for those who may read it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import false, or_, select

from casework.rights import StaffRight
from casework.scope import require, within
from models import AuditEntry, Staff
from models.audit import ActorKind, shows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MOST_LISTED = 500


def list_audit(
    session: Session, staff: Staff, first: datetime, last: datetime, *, login: str, subject_id: str
) -> Sequence[tuple[AuditEntry, str]]:
    """Return what was done from `first` up to `last`, the newest first, each with the login of whoever did it.

    A district's reader sees what staff of the district did; the city's sees everything. login, subject_id: only by this
    person, only about this row, lists that showed it among them; empty for all.
    """
    require(staff, StaffRight.SEE_AUDIT)
    known = {
        str(staff_id): name
        for staff_id, name in session.execute(
            select(Staff.id, Staff.login).where(within(Staff.region_code, staff.region_code))
        )
    }
    wanted = select(AuditEntry).where(AuditEntry.at >= first, AuditEntry.at < last)
    if login:
        wanted = wanted.where(AuditEntry.actor_name.in_([key for key, name in known.items() if name == login]))
    elif not staff.region_code.endswith("00"):
        wanted = wanted.where(AuditEntry.actor_kind == ActorKind.STAFF, AuditEntry.actor_name.in_(list(known)))
    if subject_id:
        wanted = wanted.where(or_(AuditEntry.subject_id == subject_id, _showing(session, subject_id)))
    rows = session.scalars(wanted.order_by(AuditEntry.at.desc()).limit(MOST_LISTED)).all()
    return [(row, known.get(row.actor_name, "")) for row in rows]


def _showing(session: Session, subject_id: str) -> ColumnElement[bool]:
    try:
        return shows(session, uuid.UUID(subject_id))
    except ValueError:
        return false()
