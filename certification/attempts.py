"""An attempt from its challenge to its last frame: what is taken in, what is refused and counted."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from certification.challenge import draw_challenge
from certification.exclusions import excluded_actions
from certification.sessions import find_binding, supersede_running
from models import Attempt, AttemptFrame, CertificationSession, FrameRefusal
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from certification.challenge import Chance
    from certification.face.types import FrameReport
    from certification.limits import Limits
    from models import Account
    from models.audit import Actor
    from models.vault import Vault
    from policy.rules import RuleSet

_NONCE_BYTES = 24
_FRAME = "attempt_frames.content"
_NONCE = "attempts.nonce"


class FrameFault(StrEnum):
    """Why a frame is not taken in; each is counted for its attempt."""

    FOREIGN = "foreign"
    LATE = "late"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    REPLAYED = "replayed"
    UNREADABLE = "unreadable"
    CRASHED = "crashed"


@dataclass(frozen=True)
class FrameJob:
    """A frame that may be looked at: what to look at it with, and where its attempt stood."""

    attempt_id: uuid.UUID
    retiree_id: uuid.UUID
    version: int
    seq: int
    content_index: str
    state: bytes | None
    actions: tuple[str, ...]
    at_ms: int


@dataclass(frozen=True)
class Digests:
    """Under what a nonce and a frame's bytes may stand: one digest each for every data key in use."""

    nonce: list[str]
    content: list[str]


def begin_attempt(
    session: Session,
    within: CertificationSession,
    way: CaptureWay,
    *,
    chance: Chance,
    limits: Limits,
    rules: RuleSet,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> tuple[Attempt, str]:
    """Begin the session's next attempt and return it with its nonce, which is told only here and kept as a digest.

    Raises Refusal: `session_ended` when the session is over, `no_action_possible` for somebody who can do no action.
    """
    # Whoever begins another attempt of this session at this moment waits here, and then ends ours.
    session.refresh(within, with_for_update=True)
    if within.status is not SessionStatus.OPEN:
        raise Refusal("session_ended")
    supersede_running(session, within.id, actor=actor, now=now)
    number = 1 + (session.scalar(select(func.max(Attempt.number)).where(Attempt.session_id == within.id)) or 0)
    if attempts_left(session, within, limits) == 0:
        raise Refusal("session_ended")
    # WeChat asks for movements of its own; without a challenge our own engine certifies nobody
    is_ours = way is not CaptureWay.WECHAT
    actions = draw_challenge(chance, excluded_actions(session, within.retiree_id)) if is_ours else ()
    if is_ours and not actions:
        raise Refusal("no_action_possible")
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    attempt = Attempt(
        session_id=within.id,
        retiree_id=within.retiree_id,
        number=number,
        way=way,
        actions=[action.value for action in actions],
        nonce_index=vault.blind_index(nonce, _NONCE),
        created_at=now,
        expires_at=now + timedelta(seconds=limits.attempt_seconds),
        rule_set=rules.name,
    )
    session.add(attempt)
    record(session, actor, "attempt.begin", attempt, now=now)
    return attempt, nonce


def attempts_left(session: Session, within: CertificationSession, limits: Limits) -> int:
    """Return how many more attempts the session has.

    One that another replaced does not count while it told and saw nothing; an upload tells its actions at once. So
    nobody begins again and again until a challenge comes that suits a recording.
    """
    if within.status is not SessionStatus.OPEN:
        return 0
    used = session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.session_id == within.id,
            or_(Attempt.status != AttemptStatus.SUPERSEDED, Attempt.way == CaptureWay.UPLOAD, Attempt.last_seq >= 0),
        )
    )
    return max(0, limits.attempts_per_session - (used or 0))


def find_attempt(session: Session, account: Account, attempt_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Return the account's own attempt; raise Refusal `not_yours` for any other, existing or not.

    It is the account's own while its binding or claim is in force. An attempt asked for by another account is a foreign
    one and counted as such by `receive_frame`.
    """
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or not _is_own(session, account, attempt, now):
        raise Refusal("not_yours")
    return attempt


def list_expired(session: Session, *, before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the running attempts whose time was over before a moment, the oldest first."""
    return session.scalars(
        select(Attempt.id)
        .where(Attempt.status == AttemptStatus.RUNNING, Attempt.expires_at < before)
        .order_by(Attempt.expires_at)
        .limit(limit)
    ).all()


def receive_frame(
    session: Session,
    account: Account,
    attempt_id: uuid.UUID,
    nonce: str,
    seq: int,
    content: bytes,
    *,
    vault: Vault,
    now: datetime,
) -> FrameJob | FrameFault:
    """Say whether a frame (or, with seq 0, an uploaded video) may be looked at.

    A fault is counted in this transaction, so it is returned and not raised. Raises Refusal `not_yours` only for an
    attempt that does not exist.
    """
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise Refusal("not_yours")
    content_index = vault.blind_index(content, _FRAME)
    may_be = Digests(vault.blind_indexes(nonce, _NONCE), vault.blind_indexes_ever(content, _FRAME))
    fault = _fault_of(session, account, attempt, may_be, seq, now)
    if fault is not None:
        count_fault(session, attempt.id, fault)
        return fault
    return FrameJob(
        attempt_id=attempt.id,
        retiree_id=attempt.retiree_id,
        version=attempt.version,
        seq=seq,
        content_index=content_index,
        state=attempt.state,
        actions=tuple(attempt.actions),
        at_ms=int((now - attempt.created_at).total_seconds() * 1000),
    )


def keep_frame(session: Session, job: FrameJob, report: FrameReport | None, *, now: datetime) -> bool:
    """Write down what a frame changed; return False when another frame of the attempt came first.

    `report` is None for an uploaded video, which is judged whole: it is marked as used and nothing else.
    """
    changes: dict[str, Any] = {"version": job.version + 1, "last_seq": job.seq}
    if report is not None:
        changes |= {"state": report.state, "last_answer": answer_of(report)}
    unchanged = (Attempt.id == job.attempt_id, Attempt.version == job.version, Attempt.status == AttemptStatus.RUNNING)
    frame = AttemptFrame(attempt_id=job.attempt_id, seq=job.seq, content_index=job.content_index, received_at=now)
    try:
        with session.begin_nested() as both:
            session.add(frame)
            session.flush()
            kept = session.execute(update(Attempt).where(*unchanged).values(changes))
            if kept.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
                both.rollback()
                return False
    except IntegrityError:
        return False
    return True


def answer_of(report: FrameReport) -> dict[str, Any]:
    """Return the part of a report that the person is told; kept so that a repeated frame hears the same."""
    return {
        "phase": report.phase,
        "asked": report.asked.value if report.asked else None,
        "step": report.step,
        "steps": report.steps,
        "advice": report.advice.value if report.advice else None,
    }


def count_fault(session: Session, attempt_id: uuid.UUID, fault: FrameFault) -> int:
    """Count a frame that was not taken in and return how many there were of this kind."""
    here = (FrameRefusal.attempt_id == attempt_id, FrameRefusal.reason == fault.value)
    one_more = update(FrameRefusal).where(*here).values(times=FrameRefusal.times + 1)
    if session.execute(one_more).rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        try:
            with session.begin_nested():
                session.add(FrameRefusal(attempt_id=attempt_id, reason=fault.value, times=1))
        except IntegrityError:
            session.execute(one_more)
    return session.execute(select(FrameRefusal.times).where(*here)).scalar_one()


def _fault_of(
    session: Session, account: Account, attempt: Attempt, may_be: Digests, seq: int, now: datetime
) -> FrameFault | None:
    if not _is_own(session, account, attempt, now) or attempt.nonce_index not in may_be.nonce:
        return FrameFault.FOREIGN
    known = session.scalar(select(AttemptFrame).where(AttemptFrame.content_index.in_(may_be.content)).limit(1))
    if known is not None and (known.attempt_id, known.seq) == (attempt.id, seq):
        return FrameFault.DUPLICATED
    if attempt.status is not AttemptStatus.RUNNING or now > attempt.expires_at:
        return FrameFault.LATE
    if known is not None:
        return FrameFault.REPLAYED
    if seq <= attempt.last_seq:
        return FrameFault.REORDERED
    return None


def _is_own(session: Session, account: Account, attempt: Attempt, now: datetime) -> bool:
    owner_id = session.get_one(CertificationSession, attempt.session_id).account_id
    return owner_id == account.id and find_binding(session, account.id, attempt.retiree_id, now=now) is not None
