"""Tips about wrongful claims, at the agency alone: what was told, who told only for a reason, outcome and reward."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.leads import decide_lead, list_leads, read_lead, reveal_teller, reward, take_up
from casework.overpayments import find_overpayment
from casework.proposal_lists import names_of, staff_names
from casework.recovery_lists import find_lead, numbers_of, overpayments_of
from models import Overpayment, Retiree
from policy.money import read_yuan
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

leads = Blueprint("console_leads", __name__, url_prefix="/staff/leads")
leads.before_request(staff_only)


@leads.get("")
def show_list() -> str:
    """Show the tips of one's own agency, those not decided first; not who told."""
    with services().transactions() as session:
        found = list_leads(session, current_staff())
        note_shown(session, (one.retiree_id for one in found))
        return page(
            "leads.html",
            leads=found,
            numbers=numbers_of(session, found),
            names=names_of(session, {one.retiree_id for one in found if one.retiree_id is not None}),
        )


@leads.get("/<uuid:lead_id>")
def show_lead(lead_id: uuid.UUID) -> str:
    """Show one tip; the look is written down."""
    staff, now = current_staff(), services().clock.now()
    with services().transactions() as session:
        lead = find_lead(session, staff, lead_id)
        return page(
            "lead.html",
            lead=lead,
            told=read_lead(session, staff, lead_id, actor=current_actor(), now=now),
            number=numbers_of(session, [lead])[lead.report_id],
            retiree=None if lead.retiree_id is None else session.get(Retiree, lead.retiree_id),
            recoveries=overpayments_of(session, staff, lead),
            recovery=None if lead.overpayment_id is None else session.get(Overpayment, lead.overpayment_id),
            names=staff_names(session, [lead.reward_decided_by_id]),
        )


@leads.post("/<uuid:lead_id>/teller")
def show_teller(lead_id: uuid.UUID) -> str:
    """Show who told, once, for a reason that is written down."""
    with services().transactions() as session:
        teller = reveal_teller(
            session,
            current_staff(),
            lead_id,
            typed("why"),
            actor=current_actor(),
            now=services().clock.now(),
        )
    return page("lead_teller.html", teller=teller)


@leads.post("/<uuid:lead_id>/<string:outcome>")
def decide(lead_id: uuid.UUID, outcome: str) -> Response:
    """Begin to look into a tip, say what came of it, or grant the reward."""
    if outcome not in _OUTCOMES:
        raise Refusal("not_found")
    with services().transactions() as session:
        _OUTCOMES[outcome](session, lead_id, services().clock.now())
    return back_to(url_for("console_leads.show_lead", lead_id=lead_id))


def _take_up(session: Session, lead_id: uuid.UUID, now: datetime) -> None:
    take_up(session, current_staff(), lead_id, actor=current_actor(), now=now)


def _found(session: Session, lead_id: uuid.UUID, now: datetime) -> None:
    _say(session, lead_id, now, is_found=True)


def _not_found(session: Session, lead_id: uuid.UUID, now: datetime) -> None:
    _say(session, lead_id, now, is_found=False)


def _say(session: Session, lead_id: uuid.UUID, now: datetime, *, is_found: bool) -> None:
    staff = current_staff()
    find_lead(session, staff, lead_id)
    recovery = find_overpayment(session, staff, _id(typed("recovery"))) if is_found and typed("recovery") else None
    decide_lead(
        session,
        staff,
        lead_id,
        is_found=is_found,
        finding=typed("finding"),
        actor=current_actor(),
        now=now,
        overpayment=recovery,
    )


def _reward(session: Session, lead_id: uuid.UUID, now: datetime) -> None:
    staff = current_staff()
    find_lead(session, staff, lead_id)
    try:
        cents = read_yuan(typed("yuan"))
    except ValueError:
        raise Refusal("amount_wrong", field="yuan") from None
    reward(session, staff, lead_id, cents, actor=current_actor(), now=now)


_OUTCOMES: dict[str, Callable[[Session, uuid.UUID, datetime], None]] = {
    "take-up": _take_up,
    "found": _found,
    "not-found": _not_found,
    "reward": _reward,
}


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("malformed", field="recovery") from None
