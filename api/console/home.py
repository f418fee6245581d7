"""The console's first page, and what one was told by the system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from api.console.pages import allowed, back_to, page
from api.guards import current_staff, staff_only
from casework.benefit_lists import heaps
from casework.calls import waiting_calls
from casework.checks import count_checks
from casework.event_lists import count_alive
from casework.life_events import open_events
from casework.reviewing import count_reviews
from casework.rights import StaffRight
from casework.ticket_lists import count_tickets, list_notices, see_notices
from services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

home = Blueprint("console_home", __name__, url_prefix="/staff")
home.before_request(staff_only)


@home.get("/")
def show_home() -> str:
    """Show what waits for this person."""
    staff, now = current_staff(), services().clock.now()
    with services().transactions() as session:
        counts = count_tickets(session, staff, terms=services().terms, now=now)
        reviews = count_reviews(session, staff) if allowed(StaffRight.REVIEW_FACES) else None
        checks = count_checks(session, staff) if allowed(StaffRight.CHECK_VISITS) else None
        alive = count_alive(session, staff) if allowed(StaffRight.CORROBORATE_EVENTS) else 0
        events = len(open_events(session, staff)) if allowed(StaffRight.CORROBORATE_EVENTS) else None
        calls = len(waiting_calls(session, staff)) if allowed(StaffRight.WORK_TICKETS) else None
        decides = allowed(StaffRight.DECIDE_BENEFITS)
        proposals = sum(count for _heap, count in heaps(session, staff)) if decides else None
        notices = list_notices(session, staff)
    return page(
        "home.html",
        counts=counts,
        reviews=reviews,
        checks=checks,
        told=notices,
        alive=alive,
        events=events,
        calls=calls,
        proposals=proposals,
    )


@home.post("/notices/seen")
def mark_seen() -> Response:
    """Mark what one was told as seen."""
    with services().transactions() as session:
        see_notices(session, current_staff(), now=services().clock.now())
    return back_to(url_for("console_home.show_home"))
