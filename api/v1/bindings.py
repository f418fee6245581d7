"""Binding an account to a retiree from the mini-program: the same claim and the same code as in the chat."""

from __future__ import annotations

from typing import Any

from api.guards import current_account, current_actor, signed_in
from api.v1.blueprints import Blueprint
from api.v1.schemas import ClaimBody, CodeBody
from casework.bindings import Claim, Claimed, claim_binding, confirm_with_code
from casework.names import read_name
from certification.consents import PERSONAL_VERSION, give_personal_consent
from clock import local_date
from models.account import Relation
from policy import identity_number
from policy.identity_number import NotAnIdentityNumber
from refusal import Refusal
from services import services

bindings = Blueprint("bindings", __name__, description="Binding an account to a retiree")
bindings.before_request(signed_in)


@bindings.post("/bindings")
@bindings.arguments(ClaimBody)
@bindings.response(202)
def post_binding(body: dict[str, Any]) -> None:
    """Claim a retiree by name and identity number; the answer is the same whether there is one or not."""
    parts, now = services(), services().clock.now()
    if body["consent_version"] != PERSONAL_VERSION:
        raise Refusal("personal_consent_missing", field="consent_version")
    try:
        number = identity_number.read(body["id_number"], today=local_date(now)).text
    except NotAnIdentityNumber:
        raise Refusal("id_number_wrong", field="id_number") from None
    is_own = body["relation"] is Relation.SELF
    person_name = None if is_own else _name(body["person_name"] or "", "person_name")
    claim = Claim(body["relation"], _name(body["name"], "name"), number, person_name)
    with parts.transactions() as session:
        give_personal_consent(session, current_account(), actor=current_actor(), now=now)
        outcome = claim_binding(
            session,
            current_account(),
            claim,
            tries=parts.settings.binding_tries,
            vault=parts.vault,
            actor=current_actor(),
            now=now,
        )
    _check(outcome)


@bindings.post("/bindings/code")
@bindings.arguments(CodeBody)
@bindings.response(204)
def post_code(body: dict[str, Any]) -> None:
    """Confirm a claim with the code that the community gave out."""
    parts = services()
    with parts.transactions() as session:
        outcome = confirm_with_code(
            session,
            current_account(),
            body["code"],
            tries=parts.settings.binding_tries,
            vault=parts.vault,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    _check(outcome)


def _name(text: str, field: str) -> str:
    """Return a person's name; raise Refusal `name_wrong` for anything else, which we would repeat to the retiree."""
    name = read_name(text)
    if name is None:
        raise Refusal("name_wrong", field=field)
    return name


def _check(outcome: Claimed) -> None:
    """Raise Refusal `too_many_tries` or `code_wrong` where that is what came of it; the try stays counted."""
    if outcome is Claimed.LOCKED:
        raise Refusal("too_many_tries")
    if outcome is Claimed.WRONG:
        raise Refusal("code_wrong", field="code")
