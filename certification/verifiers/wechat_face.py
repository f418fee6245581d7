"""WeChat's own face verification, second generation, as one more verifier beside our own face session.

Our server asks WeChat for a verify id, the phone runs the check inside WeChat, our server asks WeChat for the result.
Only errcode 0 with verify_ret 10000 certifies; what the phone says is not believed. A verify id belongs to one attempt
and one openid and is asked about once. The calls themselves are the surface's: they are slow, and no transaction waits.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from certification.attempts import find_attempt
from certification.decide import Decision, Outcome, Reason, fail
from certification.ending import Consequences, end_attempt
from models import Attempt, Retiree, WechatVerification
from models.attempt import AttemptStatus, CaptureWay
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Account
    from models.audit import Actor
    from models.vault import Vault

PASSED = 10000
CERT_TYPE = "IDENTITY_CARD"
# How long WeChat lets a verify id be used.
LIFE = timedelta(seconds=3600)
VERIFY_PURPOSE, _OPENID_PURPOSE = "wechat_verifications.verify_id", "wechat_verifications.openid"


class WechatAdvice(StrEnum):
    """What would help most next time; each has one sentence in `words`."""

    ALLOW_CAMERA = "allow_camera"
    OTHER_PHONE = "other_phone"
    NETWORK = "network"
    MORE_TIME = "more_time"
    FACE_PHONE = "face_phone"
    STOPPED = "stopped"
    ONCE_MORE = "once_more"


# WeChat's published results of a check; any other one is advised to be tried once more.
ADVICE = {
    90001: WechatAdvice.OTHER_PHONE,
    90002: WechatAdvice.STOPPED,
    90003: WechatAdvice.STOPPED,
    90004: WechatAdvice.STOPPED,
    90005: WechatAdvice.STOPPED,
    90006: WechatAdvice.STOPPED,
    90007: WechatAdvice.NETWORK,
    90008: WechatAdvice.ALLOW_CAMERA,
    90009: WechatAdvice.ALLOW_CAMERA,
    90010: WechatAdvice.ALLOW_CAMERA,
    90011: WechatAdvice.FACE_PHONE,
    90012: WechatAdvice.NETWORK,
    90013: WechatAdvice.FACE_PHONE,
    90014: WechatAdvice.FACE_PHONE,
    90017: WechatAdvice.MORE_TIME,
    90106: WechatAdvice.ALLOW_CAMERA,
    90107: WechatAdvice.MORE_TIME,
    90109: WechatAdvice.OTHER_PHONE,
}


@dataclass(frozen=True)
class Papers:
    """Whom WeChat is to verify, and our own number for the check."""

    name: str
    number: str
    out_seq_no: str

    def __repr__(self) -> str:
        return "Papers()"


@dataclass(frozen=True)
class Query:
    """What the result of a check is asked for with."""

    verify_id: str
    cert_hash: str
    out_seq_no: str

    def __repr__(self) -> str:
        return "Query()"


def read_papers(session: Session, account: Account, attempt_id: uuid.UUID, *, actor: Actor, now: datetime) -> Papers:
    """Return whom a running attempt of the account is about; raise Refusal `not_yours`, `attempt_ended`."""
    attempt = _running(session, account, attempt_id, now)
    if attempt.way is not CaptureWay.WECHAT or _find(session, attempt_id) is not None:
        raise Refusal("attempt_ended")
    retiree = session.get_one(Retiree, attempt.retiree_id)
    record(session, actor, "retiree.show", retiree, now=now, reason="wechat_face")
    return Papers(retiree.name, retiree.id_number, attempt_id.hex)


def keep_verify_id(
    session: Session, attempt_id: uuid.UUID, verify_id: str, openid: str, *, vault: Vault, now: datetime
) -> None:
    """Keep what WeChat gave out for an attempt, which from now on lasts as long as WeChat lets it.

    Raises Refusal `attempt_ended` where another one was kept meanwhile: that one counts.
    """
    verification = WechatVerification(
        attempt_id=attempt_id,
        verify_id=verify_id,
        verify_id_index=vault.blind_index(verify_id, VERIFY_PURPOSE),
        openid_index=vault.blind_index(openid, _OPENID_PURPOSE),
        created_at=now,
        expires_at=now + LIFE,
    )
    try:
        with session.begin_nested():
            session.add(verification)
    except IntegrityError:
        raise Refusal("attempt_ended") from None
    session.get_one(Attempt, attempt_id).expires_at = now + LIFE


def open_query(
    session: Session, account: Account, attempt_id: uuid.UUID, openid: str, *, vault: Vault, now: datetime
) -> Query:
    """Return what to ask WeChat with; raise Refusal `not_yours` for another's attempt or openid, `attempt_ended`."""
    attempt = _running(session, account, attempt_id, now)
    row = _find(session, attempt_id)
    if row is None or row.openid_index not in vault.blind_indexes_ever(openid, _OPENID_PURPOSE):
        raise Refusal("not_yours")
    if row.claimed_at is not None:
        raise Refusal("attempt_ended")
    retiree = session.get_one(Retiree, attempt.retiree_id)
    return Query(row.verify_id, cert_hash(retiree.name, retiree.id_number), attempt_id.hex)


def settle(
    session: Session,
    attempt_id: uuid.UUID,
    errcode: int,
    verify_ret: int | None,
    *,
    consequences: Consequences,
    actor: Actor,
    now: datetime,
) -> None:
    """End an attempt by what WeChat answered, once; raise Refusal `attempt_ended` when somebody was quicker."""
    claimed = session.execute(
        update(WechatVerification)
        .where(WechatVerification.attempt_id == attempt_id, WechatVerification.claimed_at.is_(None))
        .values(claimed_at=now, errcode=errcode, verify_ret=verify_ret)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        raise Refusal("attempt_ended")
    advice = ADVICE.get(verify_ret or 0, WechatAdvice.ONCE_MORE)

    def decide(*, is_last: bool) -> Decision:
        if errcode == 0 and verify_ret == PASSED:
            return Decision(Outcome.CERTIFIED, (Reason.WECHAT_PASSED,))
        return fail(Reason.WECHAT_REFUSED, advice, is_last=is_last)

    end_attempt(session, attempt_id, decide, None, consequences=consequences, actor=actor, now=now)


def cert_hash(name: str, number: str) -> str:
    """Return the digest of a person's papers as WeChat's documentation of queryVerifyInfo defines it."""
    fields = (("cert_type", CERT_TYPE), ("cert_name", name), ("cert_no", number))
    text = "&".join(f"{field}={base64.b64encode(value.encode()).decode()}" for field, value in fields)
    return hashlib.sha256(text.encode()).hexdigest()


def _running(session: Session, account: Account, attempt_id: uuid.UUID, now: datetime) -> Attempt:
    attempt = find_attempt(session, account, attempt_id, now=now)
    if attempt.status is not AttemptStatus.RUNNING or attempt.expires_at < now:
        raise Refusal("attempt_ended")
    return attempt


def _find(session: Session, attempt_id: uuid.UUID) -> WechatVerification | None:
    return session.scalar(select(WechatVerification).where(WechatVerification.attempt_id == attempt_id))
