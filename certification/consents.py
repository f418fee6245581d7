"""Consent to biometric processing: asked for by itself, versioned, withdrawn at any time (Art. 29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select, update

from models import Binding, Consent
from models.account import AccountKind, ConsentKind
from models.audit import record
from models.prepared import Line, Prepared
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from models import Account, Retiree
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
    counts = and_(_counts(Consent.account_id, Consent.retiree_id), _counts(account.id, retiree_id))
    return session.scalar(
        select(Consent)
        .where(
            Consent.retiree_id == retiree_id,
            Consent.kind == ConsentKind.BIOMETRIC,
            Consent.version == BIOMETRIC_VERSION,
            Consent.withdrawn_at.is_(None),
            or_(Consent.account_id == account.id, counts),
        )
        .limit(1)
    )


def give_consent(session: Session, account: Account, retiree: Retiree, *, actor: Actor, now: datetime) -> None:
    """Record the consent to the words in use now; giving it twice changes nothing."""
    if find_consent(session, account, retiree.id) is None:
        _add(session, account, ConsentKind.BIOMETRIC, BIOMETRIC_VERSION, retiree.id, now)
        record(session, actor, "consent.give", retiree, now=now)


def withdraw_consent(session: Session, account: Account, retiree: Retiree, *, actor: Actor, now: datetime) -> None:
    """End every consent in force, if there is one; the ways without a face remain.

    Whoever merely claims the retiree ends their own consent alone. Raises Refusal `not_your_right` for a link.
    """
    if account.kind is AccountKind.LINK:
        raise Refusal("not_your_right")
    if find_consent(session, account, retiree.id) is not None:
        session.execute(
            update(Consent)
            .where(
                Consent.retiree_id == retiree.id,
                Consent.kind == ConsentKind.BIOMETRIC,
                Consent.withdrawn_at.is_(None),
                or_(Consent.account_id == account.id, _counts(account.id, retiree.id)),
            )
            .values(withdrawn_at=now)
            .execution_options(synchronize_session=False)
        )
        record(session, actor, "consent.withdraw", retiree, now=now)


def has_personal_consent(line: Line, account_id: uuid.UUID) -> bool:
    """Say whether the account consented to the processing of names and numbers, to the words in use now."""
    return bool(_PERSONAL.rows(line, {"account": account_id}))


def give_personal_consent(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Record the account's consent to the processing of names and numbers; giving it twice changes nothing."""
    if not has_personal_consent(Line.of(session.connection()), account.id):
        _add(session, account, ConsentKind.PERSONAL_INFORMATION, PERSONAL_VERSION, None, now)
        record(session, actor, "consent.personal", account, now=now)


def _counts(
    account_id: uuid.UUID | InstrumentedAttribute[uuid.UUID],
    retiree_id: uuid.UUID | InstrumentedAttribute[uuid.UUID | None],
) -> ColumnElement[bool]:
    """Return the condition that this account's binding to this retiree was confirmed."""
    return exists().where(
        Binding.account_id == account_id, Binding.retiree_id == retiree_id, Binding.confirmed_at.is_not(None)
    )


def _add(
    session: Session, account: Account, kind: ConsentKind, version: str, retiree_id: uuid.UUID | None, now: datetime
) -> None:
    session.add(Consent(account_id=account.id, retiree_id=retiree_id, kind=kind, version=version, given_at=now))
