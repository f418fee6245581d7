"""Binding an account to a retiree: claimed with name and identity number, counted once it was confirmed.

What a claim answers never says whether the number is in the roster: a claim that fits nobody leaves a try and nothing
else, and the account hears the same sentence.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from casework.names import is_same_name
from certification.confirming import confirm_binding, find_own_accounts
from clock import local_date
from models import Account, Binding, BindingTry, ConfirmationCode, Retiree
from models.account import AccountKind, Confirmation, Relation, hold_account
from models.audit import record
from models.outbox import enqueue
from models.retiree import ID_NUMBER_PURPOSE
from policy import identity_number
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.vault import Vault

LOCK = timedelta(hours=1)
CODE_DIGITS = 8
_CODE_PURPOSE = "confirmation_codes.code"


class Claimed(StrEnum):
    """What became of a claim or a code."""

    TAKEN = "taken"
    LOCKED = "locked"
    WRONG = "wrong"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Claim:
    """What somebody says of themselves and of a retiree. person_name: theirs, where they are not the retiree."""

    relation: Relation
    name: str
    id_number: str
    person_name: str | None = None

    def __repr__(self) -> str:
        return "Claim()"


@dataclass(frozen=True)
class Shown:
    """Somebody else's binding as the retiree saw it when they were asked."""

    binding_id: uuid.UUID
    relation: Relation
    person_name: str


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a binding has not ended by `now`."""
    return or_(Binding.ended_at.is_(None), Binding.ended_at > now)


def is_locked(session: Session, account: Account, *, tries: int, now: datetime) -> bool:
    """Say whether the account has used its tries of the last hour up; whoever tries at the same moment waits here."""
    hold_account(session, account)
    used = session.scalar(
        select(func.count())
        .select_from(BindingTry)
        .where(BindingTry.account_id == account.id, BindingTry.at > now - LOCK)
    )
    return (used or 0) >= tries


def claim_binding(
    session: Session, account: Account, claim: Claim, *, tries: int, vault: Vault, actor: Actor, now: datetime
) -> Claimed:
    """Take a claim down; TAKEN also where it fits nobody, LOCKED after too many tries within the hour.

    The retiree's own accounts are asked about a relative who claims. Raises Refusal `not_your_right` for a link, which
    certifies one person and does nothing else.
    """
    if account.kind is AccountKind.LINK:
        raise Refusal("not_your_right")
    if is_locked(session, account, tries=tries, now=now):
        return Claimed.LOCKED
    session.add(BindingTry(account_id=account.id, at=now))
    indexes = vault.blind_indexes(identity_number.normalise(claim.id_number), ID_NUMBER_PURPOSE)
    retiree = session.scalar(select(Retiree).where(Retiree.id_number_index.in_(indexes)))
    if retiree is None or not is_same_name(retiree.name, claim.name):
        return Claimed.TAKEN
    binding = session.scalar(
        select(Binding).where(Binding.account_id == account.id, Binding.retiree_id == retiree.id).with_for_update()
    )
    if binding is not None and binding.confirmed_at is not None and binding.ended_at is None:
        return Claimed.TAKEN
    if binding is None:
        binding = Binding(account_id=account.id, retiree_id=retiree.id, created_at=now, relation=claim.relation)
        session.add(binding)
    binding.relation, binding.person_name = claim.relation, claim.person_name
    binding.confirmed_at, binding.confirmed_by, binding.ended_at, binding.created_at = None, None, None, now
    record(session, actor, "binding.claim", retiree, now=now, reason=claim.relation.value)
    if claim.relation is not Relation.SELF:
        for owner in find_own_accounts(session, retiree.id, now=now):
            enqueue(
                session,
                owner.id,
                "relative_asks",
                {"person": claim.person_name or "", "relation": claim.relation.value},
                # asked once a day, whatever is claimed anew: the chat shows the claim as it stands
                cause=f"relative_asks:{binding.id}:{local_date(now)}:{owner.id}",
                retiree_id=retiree.id,
                now=now,
            )
    return Claimed.TAKEN


def confirm_with_code(
    session: Session, account: Account, code: str, *, tries: int, vault: Vault, actor: Actor, now: datetime
) -> Claimed:
    """Confirm the account's claim to which that code of the community belongs; the code is used up."""
    if is_locked(session, account, tries=tries, now=now):
        return Claimed.LOCKED
    session.add(BindingTry(account_id=account.id, at=now))
    for binding in find_unconfirmed(session, account, now=now):
        used = session.execute(
            update(ConfirmationCode)
            .where(
                ConfirmationCode.code_index.in_(_indexes_of(vault, binding.retiree_id, code)),
                ConfirmationCode.used_at.is_(None),
                ConfirmationCode.expires_at > now,
            )
            .values(used_at=now)
        )
        if used.rowcount == 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
            confirm_binding(session, binding, Confirmation.CODE, actor=actor, now=now)
            return Claimed.CONFIRMED
    return Claimed.WRONG


def issue_code(
    session: Session, retiree: Retiree, *, days: int, vault: Vault, actor: Actor, now: datetime
) -> tuple[str, datetime]:
    """Return a new code for `retiree` and until when it serves; staff hand it to whoever shows the card."""
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    expires_at = now + timedelta(days=days)
    session.add(
        ConfirmationCode(
            retiree_id=retiree.id,
            code_index=_indexes_of(vault, retiree.id, code)[0],
            issued_at=now,
            expires_at=expires_at,
        )
    )
    record(session, actor, "binding.code", retiree, now=now)
    return code, expires_at


def end_binding(session: Session, binding: Binding, *, reason: str, actor: Actor, now: datetime) -> None:
    """End a binding, whoever asks for it: the retiree or the other side.

    With one that counted, every link to the retiree ends: whose it is, is not kept, and a new one is made in a moment.
    """
    if binding.confirmed_at is not None:
        session.execute(
            update(Binding)
            .where(
                Binding.retiree_id == binding.retiree_id,
                Binding.account_id.in_(select(Account.id).where(Account.kind == AccountKind.LINK)),
                in_force(now),
            )
            .values(ended_at=now)
            .execution_options(synchronize_session=False)
        )
    binding.ended_at = now
    record(session, actor, "binding.end", session.get_one(Retiree, binding.retiree_id), now=now, reason=reason)


def find_unconfirmed(session: Session, account: Account, *, now: datetime) -> Sequence[Binding]:
    """Return the account's claims that wait to be confirmed, the newest first."""
    return session.scalars(
        select(Binding)
        .where(Binding.account_id == account.id, Binding.confirmed_at.is_(None), in_force(now))
        .order_by(Binding.created_at.desc())
    ).all()


def end_claims(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """End every claim of the account that nobody confirmed."""
    for claim in find_unconfirmed(session, account, now=now):
        end_binding(session, claim, reason="own_wish", actor=actor, now=now)


def find_helpers(session: Session, account: Account, *, now: datetime) -> Sequence[Binding]:
    """Return others' bindings and claims to whoever this account's own person is; those that wait come first.

    Another phone that counts as the retiree's own is among them if it was let in later than this one.
    """
    own = aliased(Binding)
    return session.scalars(
        select(Binding)
        .join(Account, Account.id == Binding.account_id)
        .join(own, own.retiree_id == Binding.retiree_id)
        .where(
            own.account_id == account.id,
            own.relation == Relation.SELF,
            own.confirmed_at.is_not(None),
            or_(own.ended_at.is_(None), own.ended_at > now),
            or_(Binding.relation != Relation.SELF, Binding.confirmed_at > own.confirmed_at),
            Account.kind != AccountKind.LINK,
            in_force(now),
        )
        .order_by(Binding.confirmed_at.is_not(None), Binding.created_at)
    ).all()


def decide_helper(
    session: Session, account: Account, shown: Shown, *, agreed: bool, actor: Actor, now: datetime
) -> None:
    """Let the retiree's own account confirm or end the binding of somebody else.

    Raises Refusal `not_yours` for another's, and for one that is not as it was shown any more.
    """
    found = next((one for one in find_helpers(session, account, now=now) if one.id == shown.binding_id), None)
    if found is not None:
        session.refresh(found, with_for_update=True)  # a claim made anew at this moment waits
    if found is None or (found.relation, found.person_name or "") != (shown.relation, shown.person_name):
        raise Refusal("not_yours")
    if agreed:
        confirm_binding(session, found, Confirmation.RETIREE, actor=actor, now=now)
    else:
        end_binding(session, found, reason="retiree", actor=actor, now=now)
    enqueue(
        session,
        found.account_id,
        "relative_agreed" if agreed else "relative_declined",
        {},
        cause=f"relative_decided:{found.id}:{now.isoformat()}",
        retiree_id=found.retiree_id,
        now=now,
    )


def _indexes_of(vault: Vault, retiree_id: uuid.UUID, code: str) -> list[str]:
    return vault.blind_indexes_ever(f"{retiree_id}:{code}", _CODE_PURPOSE)
