"""Opening a certification session: one account, one retiree, up to three attempts."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from certification.consents import find_consent
from certification.standing import find_standing
from certification.superseding import supersede, was_used
from clock import LOCAL_ZONE, local_date
from models import Attempt, Binding, CertificationSession, Retiree
from models.account import AccountKind
from models.attempt import SessionStatus
from models.audit import record
from policy import identity_number
from policy.relations import Right, may
from refusal import Refusal

# Ages at which the groups of figures begin and end.
_YOUNGEST, _OLDEST = 60, 95

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from certification.limits import Limits
    from models import Account
    from models.audit import Actor
    from policy.rules import RuleSet


def find_bound_retiree(
    session: Session, account: Account, retiree_id: uuid.UUID, right: Right, *, now: datetime
) -> Retiree:
    """Return the retiree if this account has that right for them; raise Refusal `not_yours` otherwise, existing or not.

    A claim that is not confirmed yet has the right to certify alone: the face confirms it. So has a link, which may be
    in anybody's hands.
    """
    binding = find_binding(session, account.id, retiree_id, now=now)
    if binding is None:
        raise Refusal("not_yours")
    if binding.confirmed_at is None:
        if right is not Right.CERTIFY:
            raise Refusal("not_confirmed")
    elif not may_now(account, binding, right):
        raise Refusal("not_your_right")
    return session.get_one(Retiree, retiree_id)


def find_binding(session: Session, account_id: uuid.UUID, retiree_id: uuid.UUID, *, now: datetime) -> Binding | None:
    """Return the account's binding or claim to that retiree, if it is in force."""
    return session.scalar(select(Binding).where(binds(account_id, retiree_id, now)))


def binds(account_id: Any, retiree_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a binding or claim of that account to that retiree is in force; columns will do."""
    return and_(
        Binding.retiree_id == retiree_id,
        Binding.account_id == account_id,
        or_(Binding.ended_at.is_(None), Binding.ended_at > now),
    )


def may_now(account: Account, binding: Binding, right: Right) -> bool:
    """Say whether a binding in force gives its account that right: a claim gives none, a link lets certify alone."""
    if binding.confirmed_at is None or (account.kind is AccountKind.LINK and right is not Right.CERTIFY):
        return False
    return may(binding.relation, right)


def find_session(session: Session, account: Account, session_id: uuid.UUID, *, now: datetime) -> CertificationSession:
    """Return the account's own certification session, while it is bound; raise Refusal `not_yours` for any other."""
    found = session.get(CertificationSession, session_id)
    if (
        found is None
        or found.account_id != account.id
        or find_binding(session, account.id, found.retiree_id, now=now) is None
    ):
        raise Refusal("not_yours")
    return found


def open_session(
    session: Session,
    account: Account,
    retiree: Retiree,
    *,
    with_helper: bool,
    limits: Limits,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
    phone: str | None = None,
) -> CertificationSession:
    """Open a session for `retiree` and end every other open one for the same person, on whatever account that counts.

    One in which nothing was seen uses up no try of the day: its answer may have been lost on the way.

    phone: kind and version of the phone, for figures.
    Raises Refusal: `consent_missing`, `already_certified`, `too_many_sessions`.
    """
    # Whoever opens one for the same person at this moment waits here, and then ends ours or is counted with it.
    session.refresh(retiree, with_for_update=True)
    if find_consent(session, account, retiree.id) is None:
        raise Refusal("consent_missing")
    is_claim = has_claim(session, account, retiree.id)
    if not is_claim and not find_standing(session, retiree, rules, now=now).may_certify:
        raise Refusal("already_certified")
    for other in _open_sessions(session, retiree.id, _counts_for(account, is_claim=is_claim)):
        supersede(session, other, "another_session", actor=actor, now=now)
    midnight = datetime.combine(local_date(now), time(), LOCAL_ZONE)
    today = session.scalar(
        select(func.count())
        .select_from(CertificationSession)
        .where(
            CertificationSession.retiree_id == retiree.id,
            CertificationSession.created_at >= midnight,
            _counts_for(account, is_claim=is_claim),
            exists().where(Attempt.session_id == CertificationSession.id, was_used(Attempt)),
        )
    )
    if (today or 0) >= limits.sessions_per_day:
        raise Refusal("too_many_sessions")
    person = identity_number.read(retiree.id_number, today=local_date(now))
    opened = CertificationSession(
        account_id=account.id,
        retiree_id=retiree.id,
        with_helper=with_helper,
        created_at=now,
        owner_code=retiree.owner_code,
        age_group=age_group_of(person.age_on(local_date(now))),
        sex=person.sex,
        phone=phone,
    )
    session.add(opened)
    record(session, actor, "session.open", retiree, now=now)
    return opened


def age_group_of(age: int) -> str:
    """Return five years of age as figures name them: 80-84; the youngest and the oldest are one group each."""
    if age < _YOUNGEST:
        return f"-{_YOUNGEST - 1}"
    if age >= _OLDEST:
        return f"{_OLDEST}+"
    first = age - age % 5
    return f"{first}-{first + 4}"


def has_claim(session: Session, account: Account, retiree_id: uuid.UUID) -> bool:
    """Say whether the account has a claim to the retiree that a face would confirm."""
    claim = select(Binding.id).where(
        Binding.account_id == account.id,
        Binding.retiree_id == retiree_id,
        Binding.confirmed_at.is_(None),
        Binding.ended_at.is_(None),
    )
    return session.scalar(claim) is not None


def _counts_for(account: Account, *, is_claim: bool) -> ColumnElement[bool]:
    """Return the condition for sessions that count together with the account's own.

    Whoever merely claims a retiree uses up nobody's tries but their own and ends nobody's session.
    """
    own = CertificationSession.account_id == account.id
    if is_claim:
        return own
    unconfirmed = exists().where(
        Binding.account_id == CertificationSession.account_id,
        Binding.retiree_id == CertificationSession.retiree_id,
        Binding.confirmed_at.is_(None),
    )
    return or_(own, ~unconfirmed)


def _open_sessions(
    session: Session, retiree_id: uuid.UUID, which: ColumnElement[bool]
) -> Sequence[CertificationSession]:
    return session.scalars(
        select(CertificationSession).where(
            CertificationSession.retiree_id == retiree_id, CertificationSession.status == SessionStatus.OPEN, which
        )
    ).all()
