"""Refusals and faults as answers: a table from code to HTTP status, 422 for the rest; the sentences are in `words`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, current_app, json, render_template, request
from werkzeug.exceptions import HTTPException

from certification.face.types import FaceBusy, FaceTimeout, FaceWorkerLost, PictureRefused
from logs import place_of
from refusal import Refusal
from words import ADVICE, NEXT_STEPS, REFUSALS

if TYPE_CHECKING:
    from flask import Flask

RETRY_AFTER_SECONDS = 2

STATUSES = {
    "already_certified": HTTPStatus.CONFLICT,
    "attempt_ended": HTTPStatus.GONE,
    "attempt_superseded": HTTPStatus.CONFLICT,
    "consent_missing": HTTPStatus.CONFLICT,
    "cross_site": HTTPStatus.FORBIDDEN,
    "face_busy": HTTPStatus.TOO_MANY_REQUESTS,
    "file_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "frame_crashed": HTTPStatus.SERVICE_UNAVAILABLE,
    "frame_foreign": HTTPStatus.FORBIDDEN,
    "frame_reordered": HTTPStatus.CONFLICT,
    "frame_replayed": HTTPStatus.CONFLICT,
    "link_expired": HTTPStatus.GONE,
    "no_action_possible": HTTPStatus.CONFLICT,
    "no_reference": HTTPStatus.CONFLICT,
    "not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "not_confirmed": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "not_your_right": HTTPStatus.FORBIDDEN,
    "not_yours": HTTPStatus.NOT_FOUND,
    "our_fault": HTTPStatus.INTERNAL_SERVER_ERROR,
    "session_ended": HTTPStatus.CONFLICT,
    "too_many_sessions": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
    "try_again": HTTPStatus.SERVICE_UNAVAILABLE,
    "login_stale": HTTPStatus.UNAUTHORIZED,
    "form_stale": HTTPStatus.FORBIDDEN,
    "locked": HTTPStatus.TOO_MANY_REQUESTS,
    "not_logged_in": HTTPStatus.UNAUTHORIZED,
    "not_your_task": HTTPStatus.FORBIDDEN,
    "people_wait": HTTPStatus.TOO_MANY_REQUESTS,
    "picture_gone": HTTPStatus.GONE,
    "receipt_revoked": HTTPStatus.GONE,
    "too_often": HTTPStatus.TOO_MANY_REQUESTS,
    "receipt_not_genuine": HTTPStatus.NOT_FOUND,
    "password_change_first": HTTPStatus.FORBIDDEN,
    "take_first": HTTPStatus.CONFLICT,
    "ticket_changed": HTTPStatus.CONFLICT,
    "ticket_ended": HTTPStatus.CONFLICT,
    "other_side_confirms": HTTPStatus.FORBIDDEN,
    "took_part": HTTPStatus.FORBIDDEN,
    "visit_differs": HTTPStatus.CONFLICT,
    "other_way": HTTPStatus.CONFLICT,
    "wechat_busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "wechat_face_refused": HTTPStatus.CONFLICT,
    "unknown_receipt": HTTPStatus.NOT_FOUND,
}

_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "file_too_large",
}


def register_errors(app: Flask) -> None:
    """Answer refusals and faults of `app`: problem+json under /api, a page elsewhere; nobody sees a trace."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(PictureRefused, lambda refused: answer_refusal(Refusal(refused.advice.value)))
    app.register_error_handler(HTTPException, _answer_http)
    for busy in (FaceBusy, FaceTimeout, FaceWorkerLost):
        app.register_error_handler(busy, _answer_busy)
    app.register_error_handler(Exception, _answer_fault)


def sentence_of(refusal: Refusal) -> str:
    """Return what a person reads of a refusal."""
    return (ADVICE | REFUSALS)[refusal.code].format(**refusal.values)


def status_of(refusal: Refusal) -> HTTPStatus:
    """Return the HTTP status of a refusal."""
    return STATUSES.get(refusal.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def answer_refusal(refusal: Refusal) -> Response:
    """Answer a refusal."""
    status = status_of(refusal)
    sentence = sentence_of(refusal)
    next_step = NEXT_STEPS.get(refusal.code, "")
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "code": refusal.code,
            "detail": sentence,
            "next_step": next_step,
            "field": refusal.field,
            "retryable": refusal.retryable,
        }
        answer = Response(json.dumps(problem), int(status), mimetype="application/problem+json")
    else:
        template = "console/problem.html" if request.path.startswith("/staff") else "problem.html"
        answer = Response(
            render_template(template, sentence=sentence, next_step=next_step, code=refusal.code), int(status)
        )
    if refusal.retryable:
        answer.headers["Retry-After"] = str(refusal.values.get("seconds", RETRY_AFTER_SECONDS))
    return answer


def _answer_http(error: HTTPException) -> Response:
    if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return Response(status=error.code, headers=error.get_headers())
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    return answer_refusal(
        Refusal(_BY_STATUS.get(status, "malformed" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "our_fault"))
    )


def _answer_busy(_error: Exception) -> Response:
    return answer_refusal(Refusal("face_busy", retryable=True))


def _answer_fault(error: Exception) -> Response:
    # The kind and place of the error, never its text: that may hold what somebody sent.
    current_app.logger.error("fault %s at %s in %s", type(error).__name__, place_of(error), request.endpoint)
    return answer_refusal(Refusal("our_fault", retryable=True))
