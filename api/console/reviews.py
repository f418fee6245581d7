"""Doubtful faces: the reference and the frames side by side, the scores, and a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.reviewing import find_review, images_of, judge, list_reviews, open_image
from certification.evidence import open_picture
from certification.reviews import Judgement
from models import Attempt, Region, Retiree
from models.audit import record
from models.certification import ReviewStatus
from models.evidence import EvidencePurpose
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    import uuid

    from werkzeug.wrappers import Response as AnyResponse

    from models import EvidenceImage

reviews = Blueprint("console_reviews", __name__, url_prefix="/staff/reviews")
reviews.before_request(staff_only)


@reviews.get("")
def show_list() -> str:
    """Show the reviews that wait, the most urgent first."""
    with services().transactions() as session:
        lines = list_reviews(session, current_staff())
        note_shown(session, (retiree.id for _review, retiree in lines))
        return page("reviews.html", lines=lines)


@reviews.get("/<uuid:review_id>")
def show_review(review_id: uuid.UUID) -> str:
    """Show one review."""
    with services().transactions() as session:
        review = find_review(session, current_staff(), review_id)
        record(session, current_actor(), "review.show", review, now=services().clock.now())
        images = images_of(session, review)
        attempt = session.get_one(Attempt, review.attempt_id)
        return page(
            "review.html",
            review=review,
            retiree=session.get_one(Retiree, review.retiree_id),
            owner=session.get_one(Region, review.owner_code),
            attempt=attempt,
            findings=attempt.findings or {},
            references=[one for one in images if one.purpose is EvidencePurpose.REFERENCE],
            frames=[one for one in images if one.purpose is EvidencePurpose.ATTEMPT],
            is_open=review.status is ReviewStatus.OPEN,
        )


@reviews.get("/<uuid:review_id>/images/<uuid:image_id>")
def show_image(review_id: uuid.UUID, image_id: uuid.UUID) -> Response:
    """Give one picture; who opened it is written down."""
    parts = services()
    with parts.transactions() as session:
        image = open_image(session, current_staff(), review_id, image_id, actor=current_actor(), now=parts.clock.now())
    return give_picture(image)


@reviews.post("/<uuid:review_id>")
def decide(review_id: uuid.UUID) -> AnyResponse:
    """Write the decision down and go on to the next review."""
    try:
        judgement = Judgement(typed("judgement"))
    except ValueError:
        raise Refusal("malformed", field="judgement") from None
    parts = services()
    with parts.transactions() as session:
        judge(
            session,
            current_staff(),
            review_id,
            judgement,
            rules=parts.rules,
            terms=parts.terms,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return back_to(url_for("console_reviews.show_list"))


def give_picture(image: EvidenceImage) -> Response:
    """Answer with a picture that no browser runs as anything else; raise Refusal `picture_gone` for a destroyed one."""
    try:
        content = open_picture(image, store=services().evidence, vault=services().vault)
    except FileNotFoundError:
        raise Refusal("picture_gone") from None
    kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return Response(content, mimetype=kind)
