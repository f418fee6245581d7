"""Whom an account may act for, their consent, what they cannot do, and the help they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.guards import chosen_face_way, current_account, current_actor, signed_in
from api.v1.answers import answer_assistance
from api.v1.blueprints import Blueprint
from api.v1.schemas import AssistanceAnswer, AssistanceBody, ConsentBody, ExclusionsBody, MeAnswer
from casework.accounts import find_bindings
from casework.assistance import find_open_assistance, request_assistance
from certification.consents import BIOMETRIC_VERSION, find_consent, give_consent, withdraw_consent
from certification.exclusions import declare_exclusions, excluded_actions
from certification.receipts import mask_name
from certification.references import find_template
from certification.sessions import find_bound_retiree, may_now
from certification.standing import find_standing
from certification.year import Standing, term_of
from clock import local_date
from models.audit import record
from models.ticket import TicketOrigin
from policy.relations import Right, may
from refusal import Refusal
from services import services
from settings import FaceWay

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Binding, Retiree

people = Blueprint("people", __name__, description="Retirees an account may act for")
people.before_request(signed_in)


@people.get("/me")
@people.response(200, MeAnswer)
def show_me() -> dict[str, Any]:
    """Say whom the account may act for and where each of them stands."""
    now = services().clock.now()
    with services().transactions() as session:
        bound = find_bindings(session, current_account(), now=now)
        return {"retirees": [_answer_retiree(session, retiree, binding, now) for retiree, binding in bound]}


@people.put("/retirees/<uuid:retiree_id>/consent")
@people.arguments(ConsentBody)
@people.response(204)
def put_consent(body: dict[str, Any], retiree_id: uuid.UUID) -> None:
    """Give consent to biometric processing, to the words shown."""
    if body["version"] != BIOMETRIC_VERSION:
        raise Refusal("consent_missing", field="version")
    with services().transactions() as session:
        now = services().clock.now()
        retiree = find_bound_retiree(session, current_account(), retiree_id, Right.CERTIFY, now=now)
        give_consent(session, current_account(), retiree, actor=current_actor(), now=now)


@people.delete("/retirees/<uuid:retiree_id>/consent")
@people.response(204)
def delete_consent(retiree_id: uuid.UUID) -> None:
    """Withdraw consent to biometric processing."""
    with services().transactions() as session:
        now = services().clock.now()
        retiree = find_bound_retiree(session, current_account(), retiree_id, Right.CERTIFY, now=now)
        withdraw_consent(session, current_account(), retiree, actor=current_actor(), now=now)


@people.put("/retirees/<uuid:retiree_id>/excluded-actions")
@people.arguments(ExclusionsBody)
@people.response(204)
def put_exclusions(body: dict[str, Any], retiree_id: uuid.UUID) -> None:
    """Say which actions the person cannot do; they are asked for others, also next year."""
    with services().transactions() as session:
        now = services().clock.now()
        # whoever merely claims the person, or holds a link, does not say what they can do
        retiree = find_bound_retiree(session, current_account(), retiree_id, Right.SEE_STANDING, now=now)
        declare_exclusions(session, retiree, set(body["actions"]), actor=current_actor(), now=now)


@people.post("/retirees/<uuid:retiree_id>/assistance")
@people.arguments(AssistanceBody)
@people.response(201, AssistanceAnswer)
def post_assistance(body: dict[str, Any], retiree_id: uuid.UUID) -> dict[str, Any]:
    """Ask for help at the community's window, or at home for one of the five reasons of Art. 7(3)3."""
    now = services().clock.now()
    with services().transactions() as session:
        retiree = find_bound_retiree(session, current_account(), retiree_id, Right.REQUEST_HELP, now=now)
        ticket = request_assistance(
            session,
            retiree,
            place=body["place"],
            visit_reason=body["reason"],
            origin=TicketOrigin.REQUESTED,
            terms=services().terms,
            actor=current_actor(),
            now=now,
        )
        return answer_assistance(session, ticket)


def _answer_retiree(session: Session, retiree: Retiree, binding: Binding, now: datetime) -> dict[str, Any]:
    record(session, current_actor(), "retiree.show", retiree, now=now)
    is_wechats = chosen_face_way() is FaceWay.WECHAT
    has_template = is_wechats or find_template(session, retiree.id, services().faces.engine_id) is not None
    answer = {
        "id": retiree.id,
        "masked_name": mask_name(retiree.name),
        "relation": binding.relation,
        "confirmed": binding.confirmed_at is not None,
        "biometric_consent": find_consent(session, current_account(), retiree.id) is not None,
        "excluded_actions": [],
        "assistance": None,
    }
    if binding.confirmed_at is None:
        return answer | _answer_closed(None if has_template else "no_reference", now)
    may_help = may_now(current_account(), binding, Right.REQUEST_HELP)
    ticket = find_open_assistance(session, retiree.id) if may_help else None
    answer["assistance"] = answer_assistance(session, ticket) if ticket else None
    if not may(binding.relation, Right.SEE_STANDING):
        return answer | _answer_closed("not_your_right", now)
    standing = find_standing(session, retiree, services().rules, now=now)
    reason = None if standing.may_certify else "already_certified"
    if reason is None and not has_template:
        reason = "no_reference"
    # a link may be in anybody's hands: it tells whether a face is needed, and no more
    is_whole = may_now(current_account(), binding, Right.SEE_STANDING)
    return answer | {
        "standing": standing.standing,
        "valid_until": standing.last.valid_until if standing.last else None,
        "next_due_by": standing.due_by,
        "receipt_number": standing.last.receipt_number if standing.last and is_whole else None,
        "can_certify": reason is None,
        "reason": reason,
        "excluded_actions": sorted(excluded_actions(session, retiree.id)) if is_whole else [],
    }


def _answer_closed(reason: str | None, now: datetime) -> dict[str, Any]:
    """Answer for a retiree of whom the account sees nothing: nothing that it did not say itself."""
    return {
        "standing": Standing.DUE,
        "valid_until": None,
        "next_due_by": term_of(local_date(now), services().rules.clock).valid_until,
        "receipt_number": None,
        "can_certify": reason is None,
        "reason": reason,
    }
