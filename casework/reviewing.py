"""Reviews of doubtful faces as work of staff: who may look, what they see, what follows from their judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from casework.assistance import help_certify
from casework.life_events import tell_seen_alive
from casework.rights import StaffRight
from casework.scope import require, within
from casework.tickets import end_by_certification, end_ticket, find_standing_ticket
from certification.evidence import open_one_of
from certification.reviews import decide_review
from certification.standing import find_standing
from clock import local_date
from models import Attempt, CertificationSession, EvidenceImage, Retiree, Review, Visit
from models.certification import ReviewStatus
from models.evidence import EvidencePurpose
from models.outbox import enqueue
from models.ticket import TicketKind, TicketOrigin
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from certification.reviews import Judgement
    from models import Staff
    from models.audit import Actor
    from policy.rules import RuleSet

MOST_LISTED = 100


def list_reviews(session: Session, staff: Staff) -> Sequence[Row[Review, Retiree]]:
    """Return the open reviews in reach, the most urgent first."""
    require(staff, StaffRight.REVIEW_FACES)
    return session.execute(
        select(Review, Retiree)
        .join(Retiree, Retiree.id == Review.retiree_id)
        .where(_is_open_for(staff))
        .order_by(Review.due_by, Review.created_at)
        .limit(MOST_LISTED)
    ).all()


def count_reviews(session: Session, staff: Staff) -> int:
    """Return how many there are in that list; nobody's row is read for it."""
    require(staff, StaffRight.REVIEW_FACES)
    some = select(Review.id).where(_is_open_for(staff)).limit(MOST_LISTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _is_open_for(staff: Staff) -> ColumnElement[bool]:
    return and_(Review.status == ReviewStatus.OPEN, within(Review.owner_code, staff.region_code))


def find_review(session: Session, staff: Staff, review_id: uuid.UUID) -> Review:
    """Return a review in reach. Raises Refusal `not_yours`, `took_part` for whoever has visited this person."""
    require(staff, StaffRight.REVIEW_FACES)
    review = session.scalar(
        select(Review).where(and_(Review.id == review_id, within(Review.owner_code, staff.region_code)))
    )
    if review is None:
        raise Refusal("not_yours")
    visited = select(Visit.id).where(Visit.retiree_id == review.retiree_id, Visit.staff_id == staff.id).limit(1)
    if session.scalar(visited) is not None:
        raise Refusal("took_part")
    return review


def images_of(session: Session, review: Review) -> Sequence[EvidenceImage]:
    """Return the reference photographs of the person and the frames of the attempt, in this order."""
    return session.scalars(
        select(EvidenceImage)
        .where(
            or_(
                EvidenceImage.attempt_id == review.attempt_id,
                and_(EvidenceImage.retiree_id == review.retiree_id, EvidenceImage.purpose == EvidencePurpose.REFERENCE),
            )
        )
        .order_by(EvidenceImage.purpose.desc(), EvidenceImage.created_at)
    ).all()


def open_image(
    session: Session, staff: Staff, review_id: uuid.UUID, image_id: uuid.UUID, *, actor: Actor, now: datetime
) -> EvidenceImage:
    """Return an image of a review; each opening is written down. Raises Refusal `not_yours`, `took_part`."""
    review = find_review(session, staff, review_id)
    return open_one_of(session, images_of(session, review), image_id, of=f"review {review.id}", actor=actor, now=now)


def judge(
    session: Session,
    staff: Staff,
    review_id: uuid.UUID,
    judgement: Judgement,
    *,
    rules: RuleSet,
    terms: Terms,
    actor: Actor,
    now: datetime,
) -> Review:
    """Decide a review; whoever is not certified by it, nor otherwise, gets help at the window or at home and is told.

    Raises Refusal `not_yours`, `took_part`, `ticket_changed`.
    """
    review = find_review(session, staff, review_id)
    certification = decide_review(session, review, judgement, rules=rules, actor=actor, now=now)
    retiree = session.get_one(Retiree, review.retiree_id)
    attempt = session.get_one(Attempt, review.attempt_id)
    if certification is not None:
        end_by_certification(session, retiree.id, actor=actor, now=now)
        seen_on = local_date(attempt.created_at)
        tell_seen_alive(session, certification, seen_on=seen_on, rules=rules, actor=actor, now=now)
    elif find_standing(session, retiree, rules, now=now).may_certify:
        help_certify(session, retiree, TicketOrigin.DOUBTFUL_FACE, terms=terms, actor=actor, now=now)
        _tell(session, review, attempt, now)
    ticket = find_standing_ticket(session, retiree.id, TicketKind.MANUAL_REVIEW)
    others = select(Review.id).where(Review.retiree_id == retiree.id, Review.status == ReviewStatus.OPEN).limit(1)
    if ticket is not None and session.scalar(others) is None:
        end_ticket(session, ticket, "reviewed", actor=actor, now=now)
    return review


def _tell(session: Session, review: Review, attempt: Attempt, now: datetime) -> None:
    within_session = session.get_one(CertificationSession, attempt.session_id)
    enqueue(
        session,
        within_session.account_id,
        "review_refused",
        {},
        cause=f"review:{review.id}",
        retiree_id=review.retiree_id,
        now=now,
    )
