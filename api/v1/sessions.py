"""Certification sessions and the attempts that begin in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from api.guards import chosen_face_way, current_account_id, current_actor, find_current_account, says_who
from api.v1.answers import answer_progress, say
from api.v1.blueprints import Blueprint
from api.v1.phones import kind_of_phone
from api.v1.schemas import AttemptAnswer, AttemptBody, SessionAnswer, SessionBody
from casework.assistance import visit_if_marked
from certification.attempts import attempts_left, begin_attempt
from certification.references import find_template
from certification.sessions import find_bound_retiree, find_session, has_claim, open_session
from models.attempt import CaptureWay
from policy.relations import Right
from refusal import Refusal
from services import services
from settings import FaceWay
from words import INSTRUCTIONS

if TYPE_CHECKING:
    import uuid

    from models import CertificationSession

sessions = Blueprint("sessions", __name__, description="Certification sessions")
sessions.before_request(says_who)


@sessions.post("/certification-sessions")
@sessions.arguments(SessionBody)
@sessions.response(201, SessionAnswer)
def post_session(body: dict[str, Any]) -> dict[str, Any]:
    """Open a certification session; every other open one for the same retiree ends."""
    now = services().clock.now()
    with services().transactions() as session:
        account = find_current_account(session)
        retiree = find_bound_retiree(session, account, body["retiree_id"], Right.CERTIFY, now=now)
        # WeChat compares with the police's photograph, not with ours
        if chosen_face_way() is not FaceWay.WECHAT and (
            find_template(session, retiree.id, services().faces.engine_id) is None
        ):
            raise Refusal("no_reference")
        opened = open_session(
            session,
            account,
            retiree,
            with_helper=body["with_helper"],
            phone=kind_of_phone(request.user_agent.string),
            limits=services().limits,
            rules=services().rules,
            actor=current_actor(),
            now=now,
        )
        if not has_claim(session, account, retiree.id):
            visit_if_marked(session, retiree, terms=services().terms, actor=current_actor(), now=now)
        return _answer_session(opened, services().limits.attempts_per_session)


@sessions.get("/certification-sessions/<uuid:session_id>")
@sessions.response(200, SessionAnswer)
def get_session(session_id: uuid.UUID) -> dict[str, Any]:
    """Say where a session stands."""
    with services().transactions() as session:
        now = services().clock.now()
        found = find_session(session, find_current_account(session), session_id, now=now)
        return _answer_session(found, attempts_left(session, found, services().limits))


@sessions.post("/certification-sessions/<uuid:session_id>/attempts")
@sessions.arguments(AttemptBody)
@sessions.response(201, AttemptAnswer)
def post_attempt(body: dict[str, Any], session_id: uuid.UUID) -> dict[str, Any]:
    """Begin the session's next attempt; one that still runs ends."""
    now = services().clock.now()
    _check_way(body["way"])
    _find_a_place(body["way"])
    with services().transactions() as session:
        within = find_session(session, find_current_account(session), session_id, now=now)
        attempt, nonce = begin_attempt(
            session,
            within,
            body["way"],
            chance=services().challenge_random,
            limits=services().limits,
            rules=services().rules,
            vault=services().vault,
            actor=current_actor(),
            now=now,
        )
        is_upload = attempt.way is CaptureWay.UPLOAD
        return {
            **answer_progress(session, attempt, now=now),
            "id": attempt.id,
            "nonce": nonce,
            "expires_at": attempt.expires_at,
            "actions": [say(INSTRUCTIONS, action) for action in attempt.actions] if is_upload else None,
        }


def _check_way(way: CaptureWay) -> None:
    """Let faces be looked at only by whom the operator chose for this surface; raise Refusal `other_way`."""
    wanted = FaceWay.WECHAT if way is CaptureWay.WECHAT else FaceWay.OWN
    if chosen_face_way() is not wanted:
        raise Refusal("other_way")


def _find_a_place(way: CaptureWay) -> None:
    """Raise Refusal `people_wait`, with the seconds until it is this person's turn, where all places are taken."""
    if way is CaptureWay.WECHAT:
        return  # WeChat's machines look, not ours
    wait = services().crowd.enter(current_account_id(), services().clock.now())
    if wait:
        raise Refusal("people_wait", retryable=True, seconds=wait)


def _answer_session(found: CertificationSession, left: int) -> dict[str, Any]:
    return {"id": found.id, "status": found.status, "attempts_left": left}
