"""An attempt from its challenge to its last frame: what is taken in, what is refused and counted."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import JSON, Table, bindparam, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from certification.challenge import draw_challenge
from certification.exclusions import excluded_actions
from certification.sessions import binds, find_binding
from certification.superseding import supersede_running, was_used
from models import Attempt, AttemptFrame, CertificationSession, FrameRefusal
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.audit import record
from models.prepared import Prepared, PreparedPair
from models.types import UtcDateTime
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime
    from types import SimpleNamespace

    from sqlalchemy import BindParameter, Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from certification.challenge import Chance
    from certification.face.types import FrameReport
    from certification.limits import Limits
    from models import Account
    from models.audit import Actor
    from models.prepared import Line
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
    """A frame that may be looked at: what to look at it with, and where its attempt stood.

    contents: its digests by every data key there ever was, the present one's first. at_ms: since the attempt began.
    """

    account_id: uuid.UUID
    attempt_id: uuid.UUID
    retiree_id: uuid.UUID
    version: int
    seq: int
    contents: tuple[str, ...]
    state: bytes | None
    actions: tuple[str, ...]
    created_at: datetime
    at_ms: int
    expires_at: datetime
    attempts_left: int


@dataclass(frozen=True)
class Going:
    """Where a running attempt stands after a frame: all that its person is told, so that nothing is looked up again."""

    told: dict[str, Any]
    expires_at: datetime
    attempts_left: int


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
    """Return how many more attempts the session has."""
    if within.status is not SessionStatus.OPEN:
        return 0
    return max(0, limits.attempts_per_session - (session.scalar(_USED, {"session": within.id}) or 0))


def _count_used(session_id: BindParameter[uuid.UUID] | InstrumentedAttribute[uuid.UUID]) -> Select[int]:
    each = aliased(Attempt)
    return select(func.count()).select_from(each).where(each.session_id == session_id, was_used(each))


_USED = _count_used(bindparam("session", type_=Attempt.session_id.type))


@cache
def _stands(digests: int) -> Prepared:
    """Return the one statement for all that says whether a frame may be looked at, known by so many digests.

    Everybody asks it five times a second. There is a digest for each data key there ever was.
    """
    contents: list[BindParameter[str]] = [bindparam(_content(number)) for number in range(digests)]
    is_bound = exists().where(
        binds(CertificationSession.account_id, Attempt.retiree_id, bindparam("now", type_=UtcDateTime()))
    )
    return Prepared(
        select(
            Attempt.retiree_id,
            Attempt.status,
            Attempt.actions,
            Attempt.nonce_index,
            Attempt.created_at,
            Attempt.expires_at,
            Attempt.last_seq,
            Attempt.version,
            Attempt.state,
            CertificationSession.account_id,
            CertificationSession.status.label("session_status"),
            _count_used(CertificationSession.id).scalar_subquery().label("used"),
            is_bound.label("is_bound"),
            AttemptFrame.attempt_id.label("known_attempt_id"),
            AttemptFrame.seq.label("known_seq"),
        )
        .join(CertificationSession, CertificationSession.id == Attempt.session_id)
        .outerjoin(AttemptFrame, AttemptFrame.content_index.in_(contents))
        .where(Attempt.id == bindparam("attempt"))
        .limit(1)
    )


def _content(number: int) -> str:
    return f"content_{number}"


def _named(contents: Sequence[str]) -> dict[str, str]:
    return {_content(number): content_index for number, content_index in enumerate(contents)}


_attempts, _frames = cast("Table", Attempt.__table__), cast("Table", AttemptFrame.__table__)
_NOTE = {
    "attempt_id": bindparam("attempt", type_=_frames.c.attempt_id.type),
    "seq": bindparam("seq", type_=_frames.c.seq.type),
    "content_index": bindparam(_content(0), type_=_frames.c.content_index.type),
    "received_at": bindparam("now", type_=_frames.c.received_at.type),
}


@cache
def _keep_and_note(digests: int) -> PreparedPair:
    """Return what writes a frame down, known by so many digests; a video leaves state and answer as they are.

    All that may have changed since the attempt was looked up is looked at here; of the present key's digest the
    database takes no second one.
    """
    earlier: list[BindParameter[str]] = [bindparam(_content(number)) for number in range(1, digests)]
    keep = (
        update(_attempts)
        .where(
            _attempts.c.id == bindparam("attempt"),
            _attempts.c.version == bindparam("looked_at"),
            _attempts.c.status == AttemptStatus.RUNNING,
            exists().where(binds(bindparam("account"), _attempts.c.retiree_id, bindparam("now", type_=UtcDateTime()))),
            *([~exists().where(_frames.c.content_index.in_(earlier))] if earlier else []),
        )
        .values(
            version=_attempts.c.version + 1,
            last_seq=bindparam("seq"),
            state=func.coalesce(bindparam("state", type_=_attempts.c.state.type), _attempts.c.state),
            last_answer=func.coalesce(bindparam("answer", type_=JSON(none_as_null=True)), _attempts.c.last_answer),
        )
    )
    return PreparedPair(f"frame_kept_{digests}", keep, _frames, _NOTE)


class BroughtMeanwhile(Exception):
    """Another attempt brought the very same bytes at this moment; the transaction must end with it."""


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
    line: Line,
    account_id: uuid.UUID,
    attempt_id: uuid.UUID,
    nonce: str,
    seq: int,
    content: bytes,
    *,
    limits: Limits,
    vault: Vault,
    now: datetime,
) -> FrameJob | FrameFault:
    """Say whether a frame (or, with seq 0, an uploaded video) may be looked at.

    A fault is returned for whoever asks to count. Raises Refusal `not_yours` only for an attempt that does not exist.
    """
    contents = digest_frame(content, vault)
    rows = _stands(len(contents)).rows(line, _named(contents) | {"attempt": attempt_id, "now": now})
    if not rows:
        raise Refusal("not_yours")
    found = rows[0]
    fault = _fault_of(found, account_id, attempt_id, vault.blind_indexes(nonce, _NONCE), seq, now)
    if fault is not None:
        return fault
    is_open = found.session_status is SessionStatus.OPEN
    return FrameJob(
        account_id=account_id,
        attempt_id=attempt_id,
        retiree_id=found.retiree_id,
        version=found.version,
        seq=seq,
        contents=contents,
        state=found.state,
        actions=tuple(found.actions),
        created_at=found.created_at,
        at_ms=count_ms(found.created_at, now),
        expires_at=found.expires_at,
        attempts_left=max(0, limits.attempts_per_session - found.used) if is_open else 0,
    )


def digest_frame(content: bytes, vault: Vault) -> tuple[str, ...]:
    """Return what a frame or video is known by, whichever data key it was written with: the present one's first."""
    return tuple(vault.blind_indexes_ever(content, _FRAME))


def count_ms(since: datetime, now: datetime) -> int:
    """Return how many milliseconds after another moment this one is."""
    return int((now - since).total_seconds() * 1000)


def keep_frame(line: Line, job: FrameJob, report: FrameReport | None, *, now: datetime) -> bool:
    """Write down what a frame changed; return False when its attempt does not stand any more as it was looked up.

    `report` is None for an uploaded video, which is judged whole: it is marked as used and nothing else. Raises
    BroughtMeanwhile.
    """
    values = {
        "attempt": job.attempt_id,
        "looked_at": job.version,
        "seq": job.seq,
        "state": None if report is None else report.state,
        "answer": None if report is None else answer_of(report),
        "account": job.account_id,
        "now": now,
    }
    try:
        return _keep_and_note(len(job.contents)).make(line, values | _named(job.contents))
    except line.dialect.loaded_dbapi.IntegrityError:
        raise BroughtMeanwhile from None


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
    found: SimpleNamespace,
    account_id: uuid.UUID,
    attempt_id: uuid.UUID,
    nonces: list[str],
    seq: int,
    now: datetime,
) -> FrameFault | None:
    if found.account_id != account_id or not found.is_bound or found.nonce_index not in nonces:
        return FrameFault.FOREIGN
    if (found.known_attempt_id, found.known_seq) == (attempt_id, seq):
        return FrameFault.DUPLICATED
    if found.status is not AttemptStatus.RUNNING or now > found.expires_at:
        return FrameFault.LATE
    if found.known_attempt_id is not None:
        return FrameFault.REPLAYED
    if seq <= found.last_seq:
        return FrameFault.REORDERED
    return None


def _is_own(session: Session, account: Account, attempt: Attempt, now: datetime) -> bool:
    owner_id = session.get_one(CertificationSession, attempt.session_id).account_id
    return owner_id == account.id and find_binding(session, account.id, attempt.retiree_id, now=now) is not None
