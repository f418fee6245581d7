"""The second look at visits: own judgements, and a share drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.console.reviews import give_picture
from api.guards import current_actor, current_staff, staff_only
from casework.checks import decide_check, find_check, images_of_visit, list_checks, open_check_image
from models import Retiree, Staff, Ticket
from models.audit import record
from models.visit import CheckStatus
from services import services

if TYPE_CHECKING:
    import uuid

    from werkzeug.wrappers import Response as AnyResponse

checks = Blueprint("console_checks", __name__, url_prefix="/staff/checks")
checks.before_request(staff_only)


@checks.get("")
def show_list() -> str:
    """Show the visits that wait for a second look."""
    with services().transactions() as session:
        lines = list_checks(session, current_staff())
        note_shown(session, (retiree.id for _check, _visit, retiree in lines))
        return page("checks.html", lines=lines)


@checks.get("/<uuid:check_id>")
def show_check(check_id: uuid.UUID) -> str:
    """Show one visit with its pictures."""
    with services().transactions() as session:
        check, visit = find_check(session, current_staff(), check_id)
        record(session, current_actor(), "check.show", visit, now=services().clock.now())
        return page(
            "check.html",
            check=check,
            visit=visit,
            retiree=session.get_one(Retiree, visit.retiree_id),
            ticket=session.get_one(Ticket, visit.ticket_id),
            visitor=session.get_one(Staff, visit.staff_id),
            images=images_of_visit(session, visit),
            is_open=check.status is CheckStatus.OPEN,
        )


@checks.get("/<uuid:check_id>/images/<uuid:image_id>")
def show_image(check_id: uuid.UUID, image_id: uuid.UUID) -> Response:
    """Give one picture; who opened it is written down."""
    parts = services()
    with parts.transactions() as session:
        image = open_check_image(
            session, current_staff(), check_id, image_id, actor=current_actor(), now=parts.clock.now()
        )
    return give_picture(image)


@checks.post("/<uuid:check_id>")
def decide(check_id: uuid.UUID) -> AnyResponse:
    """Confirm the visit, or object."""
    parts = services()
    with parts.transactions() as session:
        decide_check(
            session,
            current_staff(),
            check_id,
            typed("note"),
            is_confirmed=typed("decision") == "confirm",
            rules=parts.rules,
            terms=parts.terms,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return back_to(url_for("console_checks.show_list"))
