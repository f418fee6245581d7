"""Consent to biometric processing: asked for by itself, versioned, withdrawn at any time (Art. 29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select, update

from certification.superseding import supersede
from models import Account, Binding, CertificationSession, Consent, FaceTemplate
from models.account import AccountKind, ConsentKind, hold_account
from models.attempt import SessionStatus
from models.audit import record
from models.prepared import Line, Prepared
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from models import Retiree
    from models.audit import Actor

BIOMETRIC_VERSION = "2026-11"
PERSONAL_VERSION = "2026-11"


_PERSONAL = Prepared(
    select(Consent.id).where(
        Consent.account_id == bindparam("account"),
        Consent.kind == ConsentKind.PERSONAL_INFORMATION,
        Consent.version == PERSONAL_VERSION,
        Consent.withdrawn_at.is_(None),
    )
)


def find_consent(session: Session, account: Account, retiree_id: uuid.UUID) -> Consent | None:
    """Return the consent in force to the words in use now, or None.

    It was given on this account, or, where its binding counts, on any other whose binding counts: a claim that nobody
    confirmed consents for nobody, and does not learn what others consented to.
    """
    counts = and_(speaks_for(Consent.account_id, Consent.retiree_id), speaks_for(account.id, retiree_id))
    return session.scalar(
        select(Consent)
        .where(
            *in_force(retiree_id),
            Consent.version == BIOMETRIC_VERSION,
            or_(Consent.account_id == account.id, counts),
        )
        .limit(1)
    )


def give_consent(session: Session, account: Account, retiree: Retiree, *, actor: Actor, now: datetime) -> None:
    """Record the consent to the words in use now; giving it twice changes nothing."""
    hold_account(session, account)
    if find_consent(session, account, retiree.id) is None:
        _add(session, account, ConsentKind.BIOMETRIC, BIOMETRIC_VERSION, retiree.id, now)
        record(session, actor, "consent.give", retiree, now=now)


def withdraw_consent(session: Session, account: Account, retiree: Retiree, *, actor: Actor, now: datetime) -> None:
    """End every consent in force, to whichever words, and what runs with it; the ways without a face remain.

    Whoever merely claims the retiree ends their own consent alone. Where nobody ever consented and a face is known all
    the same, it is written down that its use is refused. Raises Refusal `not_your_right` for a link.
    """
    if account.kind is AccountKind.LINK:
        raise Refusal("not_your_right")
    # whoever opens a session for this person at this moment waits here, or is waited for
    session.refresh(retiree, with_for_update=True)
    ended = session.execute(
        update(Consent)
        .where(
            *in_force(retiree.id),
            or_(Consent.account_id == account.id, speaks_for(account.id, retiree.id)),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    has_ended: bool = ended.rowcount > 0  # type: ignore[attr-defined]  # an UPDATE's result has a row count
    _end_sessions(session, account, retiree, actor=actor, now=now)
    is_unrefused = session.scalar(select(speaks_for(account.id, retiree.id))) and can_withdraw(session, retiree.id)
    if is_unrefused:
        refused = _add(session, account, ConsentKind.BIOMETRIC, BIOMETRIC_VERSION, retiree.id, now)
        refused.withdrawn_at = now
    if has_ended or is_unrefused:
        record(session, actor, "consent.withdraw", retiree, now=now)


def _end_sessions(session: Session, account: Account, retiree: Retiree, *, actor: Actor, now: datetime) -> None:
    """End the open sessions that no consent is left for; whoever begins an attempt at this moment is waited for."""
    under_way = session.scalars(
        select(CertificationSession)
        .where(
            CertificationSession.retiree_id == retiree.id,
            CertificationSession.status == SessionStatus.OPEN,
            or_(
                CertificationSession.account_id == account.id,
                and_(
                    speaks_for(account.id, retiree.id),
                    speaks_for(CertificationSession.account_id, CertificationSession.retiree_id),
                ),
            ),
        )
        .with_for_update()
    ).all()
    for one in under_way:
        supersede(session, one, "consent_withdrawn", actor=actor, now=now)


def can_withdraw(session: Session, retiree_id: uuid.UUID) -> bool:
    """Say whether there is something to withdraw: a consent in force, or a face whose use nobody refused yet."""
    stands = exists().where(*in_force(retiree_id))
    is_unrefused = and_(exists().where(FaceTemplate.retiree_id == retiree_id), ~has_refused(retiree_id))
    return bool(session.scalar(select(or_(stands, is_unrefused))))


def has_refused(retiree_id: uuid.UUID | InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """Return the condition that somebody who speaks for a retiree took a consent to the use of the face back."""
    return exists().where(
        Consent.retiree_id == retiree_id,
        Consent.kind == ConsentKind.BIOMETRIC,
        Consent.withdrawn_at.is_not(None),
        speaks_for(Consent.account_id, Consent.retiree_id),
    )


def has_personal_consent(line: Line, account_id: uuid.UUID) -> bool:
    """Say whether the account consented to the processing of names and numbers, to the words in use now."""
    return bool(_PERSONAL.rows(line, {"account": account_id}))


def give_personal_consent(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Record the account's consent to the processing of names and numbers; giving it twice changes nothing."""
    hold_account(session, account)
    if not has_personal_consent(Line.of(session.connection()), account.id):
        _add(session, account, ConsentKind.PERSONAL_INFORMATION, PERSONAL_VERSION, None, now)
        record(session, actor, "consent.personal", account, now=now)


def speaks_for(
    account_id: uuid.UUID | InstrumentedAttribute[uuid.UUID],
    retiree_id: uuid.UUID | InstrumentedAttribute[uuid.UUID | None],
) -> ColumnElement[bool]:
    """Return the condition that this account's binding to this retiree was confirmed: a claim consents for nobody."""
    return exists().where(
        Binding.account_id == account_id, Binding.retiree_id == retiree_id, Binding.confirmed_at.is_not(None)
    )


def _add(
    session: Session, account: Account, kind: ConsentKind, version: str, retiree_id: uuid.UUID | None, now: datetime
) -> Consent:
    consent = Consent(account_id=account.id, retiree_id=retiree_id, kind=kind, version=version, given_at=now)
    session.add(consent)
    return consent


def in_force(retiree_id: uuid.UUID | InstrumentedAttribute[uuid.UUID]) -> list[ColumnElement[bool]]:
    """Return the conditions for consents to the use of a face that nobody took back."""
    return [
        Consent.retiree_id == retiree_id,
        Consent.kind == ConsentKind.BIOMETRIC,
        Consent.withdrawn_at.is_(None),
    ]
