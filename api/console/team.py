"""Logins of staff, looked after by the level above; and the audit, for those who may read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from api.console.pages import back_to, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.audit_lists import list_audit
from casework.rights import MANAGED, StaffRight
from casework.scope import name_regions, regions_below, require
from casework.staff import add_staff, close_staff, list_staff, reopen_staff, reset_staff
from clock import LOCAL_ZONE, local_date
from models.staff import StaffRole
from refusal import Refusal
from services import services
from words.audit import ACTS, SUBJECTS

if TYPE_CHECKING:
    import uuid

    from werkzeug.wrappers import Response

team = Blueprint("console_team", __name__, url_prefix="/staff/team")
team.before_request(staff_only)


@team.get("")
def show_team() -> str:
    """Show everybody in the region, and the form for somebody new."""
    return _team_page()


@team.post("")
def add() -> str:
    """Add somebody; their first password is shown once."""
    try:
        role = StaffRole(typed("role"))
    except ValueError:
        raise Refusal("malformed", field="role") from None
    with services().transactions() as session:
        made, password = add_staff(
            session,
            current_staff(),
            login=typed("login"),
            name=typed("name"),
            role=role,
            region_code=typed("region"),
            actor=current_actor(),
            now=services().clock.now(),
        )
    return _team_page(told=(made.login, password))


@team.post("/<uuid:staff_id>/reset")
def reset(staff_id: uuid.UUID) -> str:
    """Give somebody a new first password, shown once."""
    with services().transactions() as session:
        found, password = reset_staff(
            session, current_staff(), staff_id, actor=current_actor(), now=services().clock.now()
        )
    return _team_page(told=(found.login, password))


@team.post("/<uuid:staff_id>/close")
def close(staff_id: uuid.UUID) -> Response:
    """Close the login of somebody who leaves."""
    with services().transactions() as session:
        close_staff(session, current_staff(), staff_id, actor=current_actor(), now=services().clock.now())
    return back_to(url_for("console_team.show_team"))


@team.post("/<uuid:staff_id>/reopen")
def reopen(staff_id: uuid.UUID) -> str:
    """Open a closed login again; its first password is shown once."""
    with services().transactions() as session:
        found, password = reopen_staff(
            session, current_staff(), staff_id, actor=current_actor(), now=services().clock.now()
        )
    return _team_page(told=(found.login, password))


@team.get("/audit")
def show_audit() -> str:
    """Show who did what on a day."""
    today = local_date(services().clock.now())
    try:
        day = date.fromisoformat(request.args.get("day") or today.isoformat())
        start = datetime.combine(day, time(), LOCAL_ZONE).astimezone(UTC)
        end = start + timedelta(days=1)
    except (ValueError, OverflowError):  # the first day that there is began before it in UTC
        raise Refusal("malformed", field="day") from None
    with services().transactions() as session:
        entries = list_audit(
            session,
            current_staff(),
            start,
            end,
            login=request.args.get("login", "").strip(),
            subject_id=request.args.get("subject", "").strip(),
        )
    return page("audit.html", entries=entries, day=day, acts=ACTS, subjects=SUBJECTS)


def _team_page(told: tuple[str, str] | None = None) -> str:
    staff = current_staff()
    require(staff, StaffRight.MANAGE_STAFF)
    with services().transactions() as session:
        everybody = list_staff(session, staff)
        names = name_regions(session, (one.region_code for one in everybody))
        below = regions_below(session, staff)
    return page("team.html", everybody=everybody, names=names, roles=MANAGED[staff.role], below=below, told=told)
