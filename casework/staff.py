"""Staff come and go: logins are made by the level above, closed, and never deleted."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from casework.passwords import hash_password
from casework.rights import LEVELS, MANAGED, StaffRight
from casework.scope import covers, require, within
from casework.tickets import set_ticket
from models import Region, Staff, StaffSession, Ticket
from models.audit import record
from models.staff import StaffRole
from models.ticket import ENDED, TicketStatus
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_NAME_CHARACTERS = 50
# Read out over a telephone: no 0, O, 1, l. 16 of 31 signs are 79 bits.
_SIGNS, _LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 16


def add_staff(
    session: Session,
    by: Staff | None,
    *,
    login: str,
    name: str,
    role: StaffRole,
    region_code: str,
    actor: Actor,
    now: datetime,
) -> tuple[Staff, str]:
    """Add a member of staff and return them with the first password, which is told only here.

    `by` is None at the command line, where the first officer is made. Raises Refusal `login_form`, `login_taken`,
    `name_missing`, `role_unfit` (a role that does not exist at that level, or that `by` does not look after).
    """
    login, name = login.strip().lower(), name.strip()
    if not _LOGIN.fullmatch(login):
        raise Refusal("login_form", field="login")
    if not 0 < len(name) <= _NAME_CHARACTERS:
        raise Refusal("name_missing", field="name")
    region = session.get(Region, region_code)
    if region is None or region.level not in LEVELS[role]:
        raise Refusal("role_unfit", field="region")
    if by is not None:
        _require_managing(by, role, region_code)
    password = _first_password()
    staff = Staff(
        login=login,
        name=name,
        role=role,
        region_code=region_code,
        password_hash=hash_password(password),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(staff)
    except IntegrityError:
        raise Refusal("login_taken", field="login") from None
    record(session, actor, "staff.add", staff, now=now, reason=role.value)
    return staff, password


def list_staff(session: Session, by: Staff) -> Sequence[Staff]:
    """Return everybody in the region of `by`, whoever left last."""
    require(by, StaffRight.MANAGE_STAFF)
    return session.scalars(
        select(Staff)
        .where(within(Staff.region_code, by.region_code))
        .order_by(Staff.closed_at.is_not(None), Staff.region_code, Staff.login)
    ).all()


def list_assignable(session: Session, by: Staff, owner_code: str) -> list[Staff]:
    """Return who may be given a ticket of that region by `by`."""
    everybody = session.scalars(
        select(Staff).where(
            within(Staff.region_code, by.region_code), Staff.closed_at.is_(None), Staff.role != StaffRole.AUDITOR
        )
    )
    return sorted(
        (one for one in everybody if covers(one.region_code, owner_code)),
        key=lambda one: (-len(one.region_code), one.login),
    )


def reset_staff(session: Session, by: Staff, staff_id: uuid.UUID, *, actor: Actor, now: datetime) -> tuple[Staff, str]:
    """Give somebody a new first password and let them set up one-time passwords anew; return it."""
    staff = _find_managed(session, by, staff_id)
    password = _first_password()
    staff.password_hash, staff.must_change_password = hash_password(password), True
    staff.totp_secret, staff.totp_step, staff.failed_logins, staff.locked_until = None, 0, 0, None
    end_sessions(session, staff, now=now)
    record(session, actor, "staff.reset", staff, now=now)
    return staff, password


def close_staff(session: Session, by: Staff, staff_id: uuid.UUID, *, actor: Actor, now: datetime) -> Staff:
    """Close the login of somebody who leaves. What they did keeps their name; what they had goes back to be taken."""
    staff = _find_managed(session, by, staff_id)
    if staff.closed_at is None:
        staff.closed_at = now
        end_sessions(session, staff, now=now)
        for ticket in session.scalars(
            select(Ticket).where(Ticket.assignee_id == staff.id, Ticket.status.not_in(ENDED))
        ).all():
            set_ticket(
                session,
                ticket,
                TicketStatus.OPEN,
                "staff_left",
                actor=actor,
                now=now,
                assignee_id=None,
                scheduled_at=None,
            )
        record(session, actor, "staff.close", staff, now=now)
    return staff


def reopen_staff(session: Session, by: Staff, staff_id: uuid.UUID, *, actor: Actor, now: datetime) -> tuple[Staff, str]:
    """Open a closed login again, as new: return its first password."""
    staff = _find_managed(session, by, staff_id)
    staff.closed_at = None
    record(session, actor, "staff.reopen", staff, now=now)
    return reset_staff(session, by, staff_id, actor=actor, now=now)


def end_sessions(session: Session, staff: Staff, *, now: datetime) -> None:
    """Log somebody out everywhere."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def _find_managed(session: Session, by: Staff, staff_id: uuid.UUID) -> Staff:
    require(by, StaffRight.MANAGE_STAFF)
    staff = session.get(Staff, staff_id)
    if staff is None or not covers(by.region_code, staff.region_code):
        raise Refusal("not_yours")
    _require_managing(by, staff.role, staff.region_code)
    return staff


def _require_managing(by: Staff, role: StaffRole, region_code: str) -> None:
    require(by, StaffRight.MANAGE_STAFF)
    if not covers(by.region_code, region_code):
        raise Refusal("not_yours")
    if role not in MANAGED[by.role]:
        raise Refusal("role_unfit", field="role")


def _first_password() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
