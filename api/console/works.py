"""How the service's own work goes: what waits, and tasks that were given up, for the city's officers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from api.console.pages import back_to, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.carried import list_dead_letters, settle_dead_letter
from casework.rights import StaffRight
from casework.scope import require
from casework.waiting import count_waiting
from services import services

if TYPE_CHECKING:
    import uuid

    from werkzeug.wrappers import Response

# Settled ones are shown for so long.
_SHOWN = timedelta(days=30)
works = Blueprint("console_works", __name__, url_prefix="/staff/works")
works.before_request(staff_only)


@works.get("")
def show_works() -> str:
    """Show what waits, and what was given up."""
    require(current_staff(), StaffRight.SEE_WORKS)
    now = services().clock.now()
    with services().transactions() as session:
        waiting = count_waiting(session)
        letters = list_dead_letters(session, all_since=now - _SHOWN)
    return page("works.html", waiting=waiting, letters=letters)


@works.post("/<uuid:task_id>/settle")
def settle(task_id: uuid.UUID) -> Response:
    """Settle a task that was given up; with `again` its work is asked for at once."""
    require(current_staff(), StaffRight.SEE_WORKS)
    with services().transactions() as session:
        work = settle_dead_letter(session, task_id, actor=current_actor(), now=services().clock.now()).work
    if typed("how") == "again":
        services().ask(work)
    return back_to(url_for("console_works.show_works"))
