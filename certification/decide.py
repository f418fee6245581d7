"""What follows from what the pixels say: a pure decision.

Nothing here touches a pension: a refusal is the end of an attempt, and the way on is a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from certification.face.types import Advice, AttackSign, Verdict

if TYPE_CHECKING:
    from certification.face.types import Assessment


class Outcome(StrEnum):
    """How an attempt ends."""

    CERTIFIED = "certified"
    RETRY = "retry"
    REVIEW = "review"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why; for the record and for the reviewer, not shown to the person as it stands."""

    FACE_MATCHES = "face_matches"
    FACE_UNSURE = "face_unsure"
    FACE_DIFFERS = "face_differs"
    FACE_NOT_USABLE = "face_not_usable"
    ACTION_NOT_SEEN = "action_not_seen"
    DEPTH_NOT_SEEN = "depth_not_seen"
    IDENTITY_CHANGED = "identity_changed"
    PICTURE_JUMPED = "picture_jumped"
    NOT_LIVE = "not_live"
    OUT_OF_TIME = "out_of_time"
    FEW_ACTIONS = "few_actions"
    DEATH_TOLD = "death_told"
    WECHAT_PASSED = "wechat_passed"
    WECHAT_REFUSED = "wechat_refused"


@dataclass(frozen=True)
class Decision:
    """The outcome of an attempt, why, and the one piece of advice that helps most when there is another try."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    advice: StrEnum | None = None


# Signs of a picture held before the camera. What exactly was noticed is not told: it would teach the next attempt.
_FORGED = frozenset({AttackSign.STATIC_PICTURE, AttackSign.FLAT_SURFACE, AttackSign.REPEATED_FRAMES})
# Signs that honest people give now and then: a person looks, nobody is refused for them.
_DOUBTFUL = {
    AttackSign.IDENTITY_CHANGED: Reason.IDENTITY_CHANGED,
    AttackSign.JUMP: Reason.PICTURE_JUMPED,
    AttackSign.NO_DEPTH_SEEN: Reason.DEPTH_NOT_SEEN,
}


def fail(reason: Reason, advice: StrEnum | None, *, is_last: bool) -> Decision:
    """Return what becomes of an attempt that did not succeed: it may be tried again until the last one."""
    return Decision(Outcome.REFUSED if is_last else Outcome.RETRY, (reason,), advice)


def decide(assessment: Assessment, *, is_last: bool) -> Decision:
    """Decide an attempt.

    Certified only when everything asked was seen, nothing speaks against a living person and the face matches.
    A person reviews what the machine cannot tell. Everything else may be tried again until the last attempt, which
    is refused: the caller then offers the community's help.
    """
    fault = _fault_of(assessment)
    if fault is not None:
        return fail(*fault, is_last=is_last)
    doubts = tuple(reason for sign, reason in _DOUBTFUL.items() if sign in assessment.attack_signs)
    if assessment.verdict is Verdict.REVIEW:
        doubts = (Reason.FACE_UNSURE, *doubts)
    if doubts:
        return Decision(Outcome.REVIEW, doubts)
    return Decision(Outcome.CERTIFIED, (Reason.FACE_MATCHES,))


def _fault_of(assessment: Assessment) -> tuple[Reason, Advice | None] | None:
    """Return why the attempt can neither certify nor be reviewed, and the advice for another one."""
    advice = assessment.advice or Advice.LOOK_STRAIGHT
    if _FORGED & set(assessment.attack_signs):
        return Reason.NOT_LIVE, Advice.LOOK_STRAIGHT
    if not assessment.actions or not all(seen.done for seen in assessment.actions):
        return Reason.ACTION_NOT_SEEN, assessment.advice
    if assessment.verdict is Verdict.UNUSABLE:
        return Reason.FACE_NOT_USABLE, advice
    if assessment.verdict is Verdict.NO_MATCH:
        return Reason.FACE_DIFFERS, assessment.advice or Advice.UNLIKE_PHOTO
    if not assessment.live and not set(_DOUBTFUL) & set(assessment.attack_signs):
        return Reason.NOT_LIVE, advice
    return None
