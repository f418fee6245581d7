"""A person's judgement of an attempt that the machine could not decide (人工复核)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from certification.certify import certify
from certification.ending import confirm_claim
from clock import local_date
from models import Attempt, CertificationSession, Retiree
from models.attempt import AttemptStatus, SessionStatus
from models.audit import record
from models.certification import Channel, ReviewStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Certification, Review
    from models.audit import Actor
    from policy.rules import RuleSet


class Judgement(StrEnum):
    """What a reviewer decides."""

    CERTIFY = "certify"
    REFUSE = "refuse"
    VISIT = "visit"


_REVIEW = {
    Judgement.CERTIFY: ReviewStatus.CERTIFIED,
    Judgement.REFUSE: ReviewStatus.REFUSED,
    Judgement.VISIT: ReviewStatus.VISIT,
}


def decide_review(
    session: Session, review: Review, judgement: Judgement, *, rules: RuleSet, actor: Actor, now: datetime
) -> Certification | None:
    """End a review, its attempt and its session, and return the certification that comes of it, if one does.

    It is for the term in which the face was shown. Raises Refusal `ticket_changed` when somebody else was faster.
    """
    if review.status is not ReviewStatus.OPEN or not move(
        session, review, _REVIEW[judgement], reason="reviewed", actor=actor, now=now
    ):
        raise Refusal("ticket_changed")
    attempt = session.get_one(Attempt, review.attempt_id)
    within = session.get_one(CertificationSession, attempt.session_id)
    is_certified = judgement is Judgement.CERTIFY
    record(session, actor, "review.decide", review, now=now, reason=judgement.value)
    status = AttemptStatus.CERTIFIED if is_certified else AttemptStatus.REFUSED
    move(session, attempt, status, reason="reviewed", actor=actor, now=now)
    ended = SessionStatus.CERTIFIED if is_certified else SessionStatus.REFUSED
    move(session, within, ended, reason="reviewed", actor=actor, now=now)
    if not is_certified:
        return None
    retiree = session.get_one(Retiree, review.retiree_id)
    confirm_claim(session, within, retiree, actor, now)
    return certify(
        session,
        retiree,
        Channel.SELF_SERVICE,
        rules=rules,
        actor=actor,
        now=now,
        attempt_id=attempt.id,
        with_helper=within.with_helper,
        seen_on=local_date(attempt.created_at),
    )
