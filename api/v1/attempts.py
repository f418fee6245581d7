"""Frames and videos of an attempt, and how it stands."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request

from api.guards import current_account_id, current_actor, find_current_account, says_who
from api.uploads import FRAME_BYTES, VIDEO_BYTES, read_upload
from api.v1.answers import answer_going, answer_progress
from api.v1.blueprints import Blueprint
from api.v1.frames import Sent, take, taken_before
from api.v1.schemas import FrameHeaders, ProgressAnswer, VideoHeaders
from certification.attempts import FrameFault, Going, find_attempt
from certification.consents import find_consent
from models import Attempt
from models.attempt import AttemptStatus
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

attempts = Blueprint("attempts", __name__, description="Frames of an attempt")
attempts.before_request(says_who)

# A slow line does not eat the person's time; but whoever draws a request out does not win time to make a film in.
LONGEST_UPLOAD = timedelta(minutes=5)
# What a frame that is not taken in is answered with; a repeated one hears the same as before. By codes: a refusal that
# is raised again and again would keep every request that it was raised for.
_REFUSED = {
    FrameFault.FOREIGN: "frame_foreign",
    FrameFault.REORDERED: "frame_reordered",
    FrameFault.REPLAYED: "frame_replayed",
    FrameFault.UNREADABLE: "frame_unreadable",
    FrameFault.CRASHED: "frame_crashed",
}


def _body(*media_types: str) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": dict.fromkeys(media_types, binary)}}


@attempts.post("/attempts/<uuid:attempt_id>/frames")
@attempts.doc(**_body("image/jpeg"))
@attempts.arguments(FrameHeaders, location="headers")
@attempts.response(200, ProgressAnswer)
def post_frame(headers: dict[str, Any], attempt_id: uuid.UUID) -> dict[str, Any]:
    """Take one streamed JPEG frame and answer with what to do now."""
    taken = taken_before(request.environ)
    if taken is None:
        sent = Sent(current_account_id(), attempt_id, headers["nonce"], headers["number"])
        taken = take(services(), sent, partial(read_upload, FRAME_BYTES), current_actor())
    if isinstance(taken.came_to, Going):
        return answer_going(taken.came_to, now=taken.now)
    return _answer(attempt_id, taken.came_to, taken.now)


@attempts.post("/attempts/<uuid:attempt_id>/video")
@attempts.doc(**_body("video/mp4", "video/quicktime", "video/webm"))
@attempts.arguments(VideoHeaders, location="headers")
@attempts.response(200, ProgressAnswer)
def post_video(headers: dict[str, Any], attempt_id: uuid.UUID) -> dict[str, Any]:
    """Take one video that shows the whole challenge, and answer with the outcome."""
    began = services().clock.now()
    # nobody else's video is waited for or held in memory; it is refused and counted like any foreign frame
    video = read_upload(VIDEO_BYTES) if _is_own(attempt_id, began) else b""
    now = max(began, services().clock.now() - LONGEST_UPLOAD)
    fault = services().verifier.take_video(
        current_account_id(), attempt_id, headers["nonce"], video, actor=current_actor(), now=now
    )
    return _answer(attempt_id, fault, now)


@attempts.get("/attempts/<uuid:attempt_id>")
@attempts.response(200, ProgressAnswer)
def get_attempt(attempt_id: uuid.UUID) -> dict[str, Any]:
    """Say where an attempt stands; after a lost answer or a restart a page goes on from here."""
    now = services().clock.now()
    with services().transactions() as session:
        find_attempt(session, find_current_account(session), attempt_id, now=now)
    services().verifier.settle(attempt_id, actor=current_actor(), now=now)
    with services().transactions() as session:
        return answer_progress(session, session.get_one(Attempt, attempt_id), now=now)


def _is_own(attempt_id: uuid.UUID, now: datetime) -> bool:
    try:
        with services().transactions() as session:
            find_attempt(session, find_current_account(session), attempt_id, now=now)
    except Refusal:
        return False
    return True


def _why_late(session: Session, attempt: Attempt) -> str:
    """Return the code of the refusal of what comes after an attempt's end."""
    if attempt.status is not AttemptStatus.SUPERSEDED:
        return "attempt_ended"
    is_agreed = find_consent(session, find_current_account(session), attempt.retiree_id) is not None
    return "attempt_superseded" if is_agreed else "consent_missing"


def _answer(attempt_id: uuid.UUID, fault: FrameFault | None, now: datetime) -> dict[str, Any]:
    if fault in _REFUSED:
        raise Refusal(_REFUSED[fault], retryable=fault is FrameFault.CRASHED)
    with services().transactions() as session:
        if fault is None:
            attempt = session.get_one(Attempt, attempt_id)  # what was just taken in was this account's own
        else:
            attempt = find_attempt(session, find_current_account(session), attempt_id, now=now)
        if fault is FrameFault.LATE:
            raise Refusal(_why_late(session, attempt))
        if attempt.status is not AttemptStatus.RUNNING:
            services().crowd.leave(current_account_id(), services().clock.now())
        return answer_progress(session, attempt, now=now)
