"""How an attempt ends: one transaction writes the outcome and everything that follows from it, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from certification.attempts import attempts_left
from certification.certify import certify
from certification.confirming import confirm_binding
from certification.decide import Decision, Outcome, Reason
from certification.exclusions import is_predictable, learn_exclusion
from certification.references import add_certified_face
from certification.sessions import find_binding
from certification.standing import is_said_dead
from clock import local_date
from models import Attempt, Binding, CertificationSession, EvidenceImage, Retiree, Review
from models.account import Confirmation, Relation
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.audit import record
from models.certification import Channel
from models.transitions import move

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from certification.face.types import Assessment
    from certification.limits import Limits
    from models.audit import Actor
    from policy.rules import RuleSet

    # What the floor above does about an outcome (a ticket), in the same transaction.
    AfterEnding = Callable[[Session, Retiree, Outcome, Review | None, Actor, datetime], None]


@dataclass(frozen=True)
class Consequences:
    """What an ending needs besides the attempt: the rules, the limits, and what follows in casework."""

    rules: RuleSet
    limits: Limits
    after_ending: AfterEnding


_SESSION_AFTER = {
    Outcome.CERTIFIED: SessionStatus.CERTIFIED,
    Outcome.REVIEW: SessionStatus.IN_REVIEW,
    Outcome.REFUSED: SessionStatus.REFUSED,
}
_NOT_BY_A_HELPERS_PHONE = frozenset({Relation.SELF, Relation.ENTRUSTED})


def end_attempt(
    session: Session,
    attempt_id: uuid.UUID,
    decide: Callable[..., Decision],
    assessment: Assessment | None,
    *,
    consequences: Consequences,
    actor: Actor,
    now: datetime,
) -> Attempt:
    """End a running attempt; one that has ended already stays as it is. Returns the attempt.

    decide: told by `is_last` whether the session has no attempt left after this one. assessment: None when nothing was
    looked at here.
    """
    attempt = session.get_one(Attempt, attempt_id)
    if attempt.status is not AttemptStatus.RUNNING:
        return attempt
    within = session.get_one(CertificationSession, attempt.session_id)
    is_last = attempts_left(session, within, consequences.limits) == 0
    decision = _as_a_person_must_look(session, attempt, decide(is_last=is_last))
    reason = decision.reasons[0].value
    ended = {
        "ended_at": now,
        "state": None,
        "advice": decision.advice.value if decision.advice else None,
        "findings": findings_of(assessment, decision),
    }
    status = AttemptStatus(decision.outcome.value)
    if not move(session, attempt, status, reason=reason, actor=actor, now=now, also=ended):
        return attempt
    retiree = session.get_one(Retiree, attempt.retiree_id)
    record(session, actor, "attempt.end", attempt, now=now, reason=decision.outcome.value)
    review: Review | None = None
    if decision.outcome in _SESSION_AFTER:
        move(session, within, _SESSION_AFTER[decision.outcome], reason=reason, actor=actor, now=now)
    if decision.outcome is Outcome.CERTIFIED:
        _certify(session, attempt, within, retiree, assessment, consequences, actor, now)
    elif decision.outcome is Outcome.REVIEW:
        review = _open_review(session, attempt, retiree, decision, consequences.limits, now)
    else:
        learn_exclusion(session, attempt, now=now)
    if decision.outcome is not Outcome.REFUSED or _counts(session, within, now):
        consequences.after_ending(session, retiree, decision.outcome, review, actor, now)
    return attempt


def _as_a_person_must_look(session: Session, attempt: Attempt, decision: Decision) -> Decision:
    """Return the decision, or a review where the machine would certify on what it cannot know enough of.

    Actions known beforehand may be a film's; whoever is said to be dead is seen by the living or shown by others.
    """
    if decision.outcome is not Outcome.CERTIFIED:
        return decision
    doubts = []
    if session.scalar(select(Retiree.id).where(Retiree.id == attempt.retiree_id, is_said_dead())) is not None:
        doubts.append(Reason.DEATH_TOLD)
    if attempt.way is not CaptureWay.WECHAT and is_predictable(session, attempt.retiree_id):
        doubts.append(Reason.FEW_ACTIONS)
    return Decision(Outcome.REVIEW, (*doubts, *decision.reasons)) if doubts else decision


def _counts(session: Session, within: CertificationSession, now: datetime) -> bool:
    """Say whether a failure is the retiree's: whoever merely claims them brings no visit into their house."""
    binding = find_binding(session, within.account_id, within.retiree_id, now=now)
    return binding is not None and binding.confirmed_at is not None


def findings_of(assessment: Assessment | None, decision: Decision) -> dict[str, Any]:
    """Return what is kept of an assessment for the reviewer and the auditor: scores and signs, no descriptor."""
    reasons = {"reasons": [reason.value for reason in decision.reasons]}
    if assessment is None:
        return reasons
    return reasons | {
        "engine_id": assessment.engine_id,
        "verdict": assessment.verdict.value,
        "distance": assessment.distance,
        "continuity": assessment.continuity,
        "live": assessment.live,
        "attack_signs": [sign.value for sign in assessment.attack_signs],
        "actions": [
            {"action": seen.action.value, "done": seen.done, "at_ms": seen.at_ms} for seen in assessment.actions
        ],
        "probe_frames": assessment.probe_frames,
        "frames": assessment.frames,
    }


def _certify(
    session: Session,
    attempt: Attempt,
    within: CertificationSession,
    retiree: Retiree,
    assessment: Assessment | None,
    consequences: Consequences,
    actor: Actor,
    now: datetime,
) -> None:
    confirm_claim(session, within, retiree, actor, now)
    certify(
        session,
        retiree,
        Channel.SELF_SERVICE,
        rules=consequences.rules,
        actor=actor,
        now=now,
        attempt_id=attempt.id,
        with_helper=within.with_helper,
        # also where a process died, and another one ends the attempt in the new year
        seen_on=local_date(attempt.created_at),
    )
    if assessment is not None and assessment.probe is not None:
        add_certified_face(session, attempt, assessment.engine_id, assessment.probe, now=now)
    destroy_on = local_date(now) + timedelta(days=consequences.limits.passed_days)
    session.execute(update(EvidenceImage).where(EvidenceImage.attempt_id == attempt.id).values(destroy_on=destroy_on))


def confirm_claim(
    session: Session, within: CertificationSession, retiree: Retiree, actor: Actor, now: datetime
) -> None:
    """Let the binding of this account count from now on: the retiree's own face was in front of its phone.

    Where somebody else holds the phone, the face says nothing of whose account it is, nor of what that one is entrusted
    with: such a claim waits for a code of the community or the retiree's word.
    """
    claim = session.scalar(
        select(Binding).where(
            Binding.account_id == within.account_id,
            Binding.retiree_id == retiree.id,
            Binding.confirmed_at.is_(None),
            Binding.ended_at.is_(None),
        )
    )
    if claim is not None and not (within.with_helper and claim.relation in _NOT_BY_A_HELPERS_PHONE):
        confirm_binding(session, claim, Confirmation.FACE, actor=actor, now=now)


def _open_review(
    session: Session, attempt: Attempt, retiree: Retiree, decision: Decision, limits: Limits, now: datetime
) -> Review:
    review = Review(
        attempt_id=attempt.id,
        retiree_id=retiree.id,
        owner_code=retiree.agency_code,
        reasons=[reason.value for reason in decision.reasons],
        created_at=now,
        due_by=local_date(now) + timedelta(days=limits.review_days),
    )
    session.add(review)
    return review


def find_review(session: Session, attempt: Attempt) -> Review | None:
    """Return the review of an attempt, if it went to one."""
    return session.scalar(select(Review).where(Review.attempt_id == attempt.id))
