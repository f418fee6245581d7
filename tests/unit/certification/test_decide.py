from __future__ import annotations

from dataclasses import replace

import pytest

from certification.decide import Outcome, Reason, decide
from certification.face.types import Action, ActionSeen, Advice, Assessment, AttackSign, Verdict

DONE = (ActionSeen(Action.TURN_LEFT, done=True, at_ms=2000), ActionSeen(Action.BLINK, done=True, at_ms=4000))
GOOD = Assessment(
    engine_id="fake-1",
    live=True,
    actions=DONE,
    attack_signs=(),
    verdict=Verdict.MATCH,
    distance=0.2,
    continuity=0.1,
    probe=b"",
    probe_frames=3,
    advice=None,
    frames=30,
    elapsed_ms=1.0,
)


def test_it_certifies_a_living_matching_face() -> None:
    decision = decide(GOOD, is_last=False)
    assert decision.outcome is Outcome.CERTIFIED
    assert decision.reasons == (Reason.FACE_MATCHES,)


@pytest.mark.parametrize("sign", [AttackSign.STATIC_PICTURE, AttackSign.FLAT_SURFACE, AttackSign.REPEATED_FRAMES])
def test_a_picture_is_not_certified_and_not_told_why(sign: AttackSign) -> None:
    decision = decide(replace(GOOD, live=False, attack_signs=(sign,)), is_last=False)
    assert decision.outcome is Outcome.RETRY
    assert decision.advice is Advice.LOOK_STRAIGHT


@pytest.mark.parametrize("sign", [AttackSign.NO_DEPTH_SEEN, AttackSign.IDENTITY_CHANGED, AttackSign.JUMP])
@pytest.mark.parametrize("live", [True, False])
def test_what_cannot_be_told_goes_to_a_person(sign: AttackSign, live: bool) -> None:  # noqa: FBT001 - parametrised
    assert decide(replace(GOOD, live=live, attack_signs=(sign,)), is_last=False).outcome is Outcome.REVIEW


def test_an_unsure_face_goes_to_a_person() -> None:
    decision = decide(replace(GOOD, verdict=Verdict.REVIEW, distance=0.45), is_last=True)
    assert decision.outcome is Outcome.REVIEW
    assert decision.reasons == (Reason.FACE_UNSURE,)


@pytest.mark.parametrize("verdict", [Verdict.NO_MATCH, Verdict.UNUSABLE])
def test_another_face_may_try_again_until_the_last_attempt(verdict: Verdict) -> None:
    found = replace(GOOD, verdict=verdict)
    assert decide(found, is_last=False).outcome is Outcome.RETRY
    assert decide(found, is_last=True).outcome is Outcome.REFUSED


def test_a_missing_action_is_told_with_its_advice() -> None:
    missing = (DONE[0], ActionSeen(Action.BLINK, done=False, at_ms=None))
    decision = decide(replace(GOOD, live=False, actions=missing, advice=Advice.TOO_DARK), is_last=False)
    assert (decision.outcome, decision.advice) == (Outcome.RETRY, Advice.TOO_DARK)
    assert decision.reasons == (Reason.ACTION_NOT_SEEN,)


@pytest.mark.parametrize(
    "change",
    [{"actions": ()}, {"live": False}, {"verdict": Verdict.UNUSABLE}, {"verdict": Verdict.NO_MATCH}],
)
def test_nothing_missing_is_ever_certified(change: dict[str, object]) -> None:
    assert decide(replace(GOOD, **change), is_last=False).outcome is not Outcome.CERTIFIED  # type: ignore[arg-type]  # several fields
