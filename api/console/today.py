"""The day of somebody who visits: the walking list, and what the phone sends of each visit, now or when it can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, url_for

from api.console.pages import back_to, page, typed
from api.console.visit_form import is_video, parse, read_bytes, read_form, read_id
from api.guards import csrf_token, current_actor, current_staff, staff_only
from api.uploads import PICTURE_BYTES, read_upload
from casework.rights import StaffRight
from casework.scope import find_ticket, require
from casework.ticket_lists import list_day
from casework.visits import LAST_DIGITS, begin_visit, find_visit, judge_visit, write_visit
from certification.evidence import store_picture
from certification.face.types import FaceTimeout, FaceWorkerLost, PictureRefused, Verdict
from certification.references import find_template
from certification.verifiers.visit_face import VisitFace, look_at_visit
from models import Certification, Retiree
from models.audit import record, record_each
from models.evidence import EvidencePurpose
from models.visit import JudgementReason, Signer, VisitOutcome
from refusal import Refusal
from services import services
from words import ADVICE
from words.staff import VISIT_PAGE

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from certification.evidence import StoredPicture
    from certification.face.types import Template
    from models import Visit

today = Blueprint("console_today", __name__, url_prefix="/staff")
today.before_request(staff_only)

# A photograph made smaller by the phone has some 200 KiB, a video of ten seconds some MiB; base64 makes a third more.
_PNG = b"\x89PNG"


@today.get("/today")
def show_day() -> str:
    """Show one's own visits; the page brings them into a walking order, and prints them."""
    now = services().clock.now()
    with services().transactions() as session:
        lines = list_day(session, current_staff(), now=now)
        shown = [line.retiree for line in lines if line.retiree is not None]
        record_each(session, current_actor(), "day.show", shown, now=now)
    return page(
        "today.html",
        lines=lines,
        outcomes=VisitOutcome,
        judgements=JudgementReason,
        signers=Signer,
        digits=LAST_DIGITS,
        said=json.dumps(VISIT_PAGE, ensure_ascii=False),
    )


@today.get("/sw.js")
def give_service_worker() -> Response:
    """Give the script that keeps the day's page on the phone; its place says what it may keep."""
    script = Path(current_app.static_folder or "") / "console" / "keep.js"
    return Response(script.read_bytes(), mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@today.get("/token")
def give_token() -> Response:
    """Give what this login's requests carry, to a page that was kept from an earlier login."""
    return jsonify(csrf=csrf_token())


@today.post("/visits/face")
def look() -> Response:
    """Say whether a picture looks like the person, before the visit is sent; nothing is kept but that it was asked."""
    require(current_staff(), StaffRight.WORK_TICKETS)
    told = parse(read_upload(PICTURE_BYTES))
    ticket_id, content = read_id(told, "ticket"), read_bytes(told, "photo")
    with services().transactions() as session:
        ticket = find_ticket(session, current_staff(), ticket_id)
        template = None
        if ticket.retiree_id is not None:
            retiree = session.get_one(Retiree, ticket.retiree_id)
            record(session, current_actor(), "visit.look", retiree, now=services().clock.now())
            template = find_template(session, retiree.id, services().faces.engine_id)
    face = _look_at(content, template, is_video=is_video(told))
    return jsonify(verdict=face.verdict, advice=None if face.advice is None else ADVICE[face.advice])


@today.post("/visits")
def take_visit() -> Response:
    """Write a visit down; the same one sent again is answered the same and written once."""
    parts, now = services(), services().clock.now()
    told = parse(read_upload(PICTURE_BYTES))
    form = read_form(told, parts.vault)
    with parts.transactions() as session:
        known = find_visit(session, current_staff(), form.visit_id, form.content_indexes)
        if known is not None:
            return _answer(session, known)
        retiree = begin_visit(session, current_staff(), form, now=now)
        template = find_template(session, retiree.id, parts.faces.engine_id)
    face = None
    pictures: dict[EvidencePurpose, StoredPicture] = {}
    if told.get("photo"):
        face = _look_at(read_bytes(told, "photo"), template, is_video=is_video(told))
        if face.picture:
            pictures[EvidencePurpose.VISIT_FACE] = store_picture(face.picture, store=parts.evidence, vault=parts.vault)
    elif form.outcome is VisitOutcome.CERTIFIED:
        raise Refusal("face_missing", field="photo")
    if told.get("signature"):
        drawn = read_bytes(told, "signature")
        if not drawn.startswith(_PNG):
            raise Refusal("malformed", field="signature")
        pictures[EvidencePurpose.VISIT_SIGNATURE] = store_picture(drawn, store=parts.evidence, vault=parts.vault)
    elif form.outcome is VisitOutcome.CERTIFIED:
        raise Refusal("signature_missing", field="signature")
    with parts.transactions() as session:
        visit = write_visit(
            session,
            current_staff(),
            form,
            face,
            pictures,
            rules=parts.visit_rules,
            actor=current_actor(),
            now=now,
        )
        return _answer(session, visit)


@today.post("/visits/<uuid:visit_id>/judge")
def judge(visit_id: uuid.UUID) -> AnyResponse:
    """Certify by one's own judgement where the machine did not match the face; a second person looks at it."""
    try:
        reason = JudgementReason(typed("judgement"))
    except ValueError:
        raise Refusal("malformed", field="judgement") from None
    parts = services()
    with parts.transactions() as session:
        visit = judge_visit(
            session,
            current_staff(),
            visit_id,
            reason,
            typed("note"),
            rules=parts.visit_rules,
            actor=current_actor(),
            now=parts.clock.now(),
        )
        ticket_id = visit.ticket_id
    return back_to(url_for("console_tickets.show_ticket", ticket_id=ticket_id))


def _look_at(content: bytes, template: Template | None, *, is_video: bool) -> VisitFace:
    """Compare; a picture that cannot be read is kept and judged by people: the visit it belongs to is not lost."""
    faces = services().faces
    try:
        return look_at_visit(faces, content, template, is_video=is_video)
    except PictureRefused as refused:
        return VisitFace(faces.engine_id, Verdict.UNUSABLE, None, refused.advice, content)
    except (FaceTimeout, FaceWorkerLost):
        return VisitFace(faces.engine_id, Verdict.UNUSABLE, None, None, content)


def _answer(session: Session, visit: Visit) -> Response:
    if visit.certification_id is not None:
        receipt = session.get_one(Certification, visit.certification_id).receipt_number
        return jsonify(result="certified", receipt=receipt)
    return jsonify(result="judge" if visit.needs_judgement else "written", receipt=None)
