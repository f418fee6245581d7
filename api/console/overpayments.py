"""Money paid that was not owed: the investigation, the notice and its due day, instalments, settled or handed on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.benefit_proposals import find_waiting
from casework.overpayments import (
    find_overpayment,
    give_back,
    investigate,
    list_overpayments,
    receive,
    received,
    received_by,
    refunds_due,
)
from casework.proposal_lists import names_of, staff_names
from casework.recovery_lists import ended_overpayments, instalments_of, refundable_overpayments
from models import Overpayment, Retiree
from models.audit import record
from models.benefit import ActionKind
from policy.money import read_yuan
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from models import Instalment

overpayments = Blueprint("console_overpayments", __name__, url_prefix="/staff/overpayments")
overpayments.before_request(staff_only)


@overpayments.get("")
def show_list() -> str:
    """Show the recoveries that are open, the earliest due first, that ended, or whose money is to be given back."""
    which = request.args.get("which", "")
    lists = {"ended": ended_overpayments, "refund": refundable_overpayments}
    with services().transactions() as session:
        found = lists.get(which, list_overpayments)(session, current_staff())
        note_shown(session, (one.benefit_id for one in found))
        return page(
            "overpayments.html",
            found=found,
            which=which,
            names=names_of(session, {one.benefit_id for one in found}),
            received=received_by(session, {one.id for one in found}),
            refunds=refunds_due(session, Overpayment.id.in_({one.id for one in found})),
        )


@overpayments.get("/<uuid:overpayment_id>")
def show_overpayment(overpayment_id: uuid.UUID) -> str:
    """Show one recovery with everything that came back."""
    staff, now = current_staff(), services().clock.now()
    with services().transactions() as session:
        found = find_overpayment(session, staff, overpayment_id)
        record(session, current_actor(), "overpayment.show", found, now=now)
        instalments = instalments_of(session, staff, overpayment_id)
        return page(
            "overpayment.html",
            found=found,
            retiree=session.get_one(Retiree, found.benefit_id),
            instalments=instalments,
            writers=staff_names(session, {one.written_by_id for one in instalments}),
            received=received(session, found.id),
            refund=refunds_due(session, Overpayment.id == found.id).get(found.id),
            proposal=find_waiting(session, found.benefit_id, ActionKind.RECOVER, None),
        )


@overpayments.post("/<uuid:overpayment_id>/investigate")
def write_finding(overpayment_id: uuid.UUID) -> Response:
    """Write down what was found, and propose the recovery: a second person approves it, and the notice begins."""
    parts = services()
    with parts.transactions() as session:
        investigate(
            session,
            current_staff(),
            overpayment_id,
            typed("finding"),
            rules=parts.rules,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return back_to(url_for("console_overpayments.show_overpayment", overpayment_id=overpayment_id))


@overpayments.post("/<uuid:overpayment_id>/receive")
def write_instalment(overpayment_id: uuid.UUID) -> Response:
    """Write down money that came back; the same bank reference counts once."""
    return _write(overpayment_id, receive)


@overpayments.post("/<uuid:overpayment_id>/refund")
def write_refund(overpayment_id: uuid.UUID) -> Response:
    """Write down money that was given back; the same bank reference counts once."""
    return _write(overpayment_id, give_back)


def _write(overpayment_id: uuid.UUID, write: Callable[..., Instalment]) -> Response:
    """Write down a bank's entry as it was typed."""
    try:
        cents = read_yuan(typed("yuan"))
    except ValueError:
        raise Refusal("amount_wrong", field="yuan") from None
    try:
        day = date.fromisoformat(typed("on"))
    except ValueError:
        raise Refusal("malformed", field="on") from None
    if not typed("reference"):
        raise Refusal("malformed", field="reference")
    with services().transactions() as session:
        write(
            session,
            current_staff(),
            overpayment_id,
            cents,
            day=day,
            reference=typed("reference")[:64],
            actor=current_actor(),
            now=services().clock.now(),
        )
    return back_to(url_for("console_overpayments.show_overpayment", overpayment_id=overpayment_id))
