"""The community's call list: whom no message reached before the due day, and what came of each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.call_lists import open_call, people_of_calls
from casework.calls import waiting_calls, write_call
from casework.masking import mask_phone
from casework.proposal_lists import staff_names
from casework.scope import name_regions
from models.reaching import CallOutcome
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    import uuid

    from werkzeug.wrappers import Response

calls = Blueprint("console_calls", __name__, url_prefix="/staff/calls")
calls.before_request(staff_only)


@calls.get("")
def show_list() -> str:
    """Show the calls that nobody made yet, the earliest due first; numbers are masked here."""
    with services().transactions() as session:
        found = waiting_calls(session, current_staff())
        people = people_of_calls(session, found)
        note_shown(session, (one.id for one in people.values()))
        return page(
            "calls.html",
            calls=found,
            people=people,
            phones={one.id: mask_phone(one.phone) for one in people.values()},
            regions=name_regions(session, {one.owner_code for one in found}),
        )


@calls.get("/<uuid:call_id>")
def show_call(call_id: uuid.UUID) -> str:
    """Show one call with the whole number."""
    parts = services()
    with parts.transactions() as session:
        call, retiree = open_call(session, current_staff(), call_id, actor=current_actor(), now=parts.clock.now())
        return page(
            "call.html",
            call=call,
            retiree=retiree,
            outcomes=CallOutcome,
            caller=staff_names(session, [call.called_by_id]).get(call.called_by_id) if call.called_by_id else None,
        )


@calls.post("/<uuid:call_id>")
def write(call_id: uuid.UUID) -> Response:
    """Write down what came of a call."""
    try:
        outcome = CallOutcome(typed("outcome"))
    except ValueError:
        raise Refusal("malformed", field="outcome") from None
    parts = services()
    with parts.transactions() as session:
        write_call(session, current_staff(), call_id, outcome, actor=current_actor(), now=parts.clock.now())
    return back_to(url_for("console_calls.show_list"))
