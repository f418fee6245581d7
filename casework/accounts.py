"""Accounts and whom they may act for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError

from casework.bindings import in_force
from models import Account, Binding, Consent, FaceTemplate, Report, Retiree, Ticket
from models.account import AccountKind, Confirmation, Relation
from models.audit import record
from models.prepared import Prepared
from models.types import UtcDateTime
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.prepared import Line
    from models.vault import Vault

IDENTITY_PURPOSE = "accounts.identity"
_UNION = "accounts.union"
_DELIVERED_TO = frozenset({AccountKind.WECHAT, AccountKind.MINIPROGRAM})


_PEOPLE = Prepared(
    select(Retiree.id, Retiree.name, Binding.relation, Binding.confirmed_at)
    .join(Binding, Binding.retiree_id == Retiree.id)
    .where(
        Binding.account_id == bindparam("account"),
        or_(Binding.ended_at.is_(None), Binding.ended_at > bindparam("now", type_=UtcDateTime())),
    )
    .order_by(Binding.relation != Relation.SELF, Binding.created_at)
)


def find_or_open(
    session: Session, kind: AccountKind, identity: str, *, vault: Vault, now: datetime, union_id: str | None = None
) -> Account:
    """Return the account of that outside identity, made now if need be; the one it is joined to, if it is.

    identity: for WeChat's kinds the openid, which is kept sealed as the address of what is sent. union_id: joins the
    account with the one that the same person has elsewhere with us.
    """
    indexes = vault.blind_indexes_ever(identity, IDENTITY_PURPOSE)
    same_identity = select(Account).where(Account.kind == kind, Account.identity_index.in_(indexes))
    account = session.scalar(same_identity)
    if account is None:
        openid = identity if kind in _DELIVERED_TO else None
        account = Account(kind=kind, identity_index=indexes[0], openid=openid, created_at=now)
        try:
            with session.begin_nested():
                session.add(account)
        except IntegrityError:
            account = session.execute(same_identity).scalar_one()
    if union_id is not None and account.union_index is None:
        _join(session, account, vault.blind_indexes_ever(union_id, _UNION))
    return account if account.joined_to_id is None else session.get_one(Account, account.joined_to_id)


def _join(session: Session, account: Account, union_indexes: list[str]) -> None:
    """Join an account to the older one of the same person; what it was bound to goes along."""
    account.union_index = union_indexes[0]
    session.flush()
    older = session.scalar(
        select(Account)
        .where(Account.union_index.in_(union_indexes), Account.id != account.id, Account.joined_to_id.is_(None))
        .order_by(Account.created_at)
        .with_for_update()
    )
    if older is None:
        return
    account.joined_to_id = older.id
    known = {one.retiree_id for one in session.scalars(select(Binding).where(Binding.account_id == older.id))}
    for binding in session.scalars(select(Binding).where(Binding.account_id == account.id)):
        if binding.retiree_id not in known:
            binding.account_id = older.id
    for kind in (Consent, Report, Ticket):
        session.execute(update(kind).where(kind.account_id == account.id).values(account_id=older.id))


def open_account(
    session: Session,
    retiree: Retiree,
    relation: Relation,
    kind: AccountKind,
    identity: str,
    *,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> Account:
    """Return the account of that outside identity, made now if need be, bound to `retiree` as `relation`."""
    account = find_or_open(session, kind, identity, vault=vault, now=now)
    bound = session.scalar(select(Binding).where(Binding.account_id == account.id, Binding.retiree_id == retiree.id))
    if bound is None:
        session.add(
            Binding(
                account_id=account.id,
                retiree_id=retiree.id,
                relation=relation,
                created_at=now,
                confirmed_at=now,
                confirmed_by=Confirmation.OPERATOR,
            )
        )
        record(session, actor, "binding.add", retiree, now=now, reason=relation.value)
    return account


def open_demonstration_account(
    session: Session, retiree_id: uuid.UUID, relation: Relation, *, vault: Vault, actor: Actor, now: datetime
) -> Account:
    """Return the account that plays an invented retiree or a relative of theirs; `not_yours` for a real person."""
    retiree = session.get(Retiree, retiree_id)
    if retiree is None or not retiree.is_demonstration:
        raise Refusal("not_yours")
    identity = f"{relation.value}:{retiree.id}"
    return open_account(
        session, retiree, relation, AccountKind.DEVELOPMENT, identity, vault=vault, actor=actor, now=now
    )


def find_demonstration(session: Session) -> Sequence[Retiree]:
    """Return the invented retirees who have a reference photograph, in the order in which they were made."""
    with_photo = select(FaceTemplate.retiree_id)
    return session.scalars(
        select(Retiree)
        .where(Retiree.is_demonstration, Retiree.id.in_(with_photo))
        .order_by(Retiree.created_at, Retiree.id)
    ).all()


def find_account(session: Session, account_id: uuid.UUID) -> Account | None:
    """Return the account of that id."""
    return session.get(Account, account_id)


@dataclass(frozen=True)
class BoundPerson:
    """One retiree an account is bound to or claims: as little of them as a conversation needs."""

    id: uuid.UUID
    name: str
    relation: Relation
    is_confirmed: bool

    def __repr__(self) -> str:
        return f"BoundPerson({self.id})"


def list_people(line: Line, account_id: uuid.UUID, *, now: datetime) -> list[BoundPerson]:
    """Return whom an account may act for or claims to, its own person first; one statement, no rows kept."""
    rows = _PEOPLE.rows(line, {"account": account_id, "now": now})
    return [BoundPerson(row.id, row.name, row.relation, row.confirmed_at is not None) for row in rows]


def find_bindings(session: Session, account: Account, *, now: datetime) -> Sequence[tuple[Retiree, Binding]]:
    """Return whom an account may act for or claims to, the account's own person first."""
    rows = session.execute(
        select(Retiree, Binding)
        .join(Binding, Binding.retiree_id == Retiree.id)
        .where(Binding.account_id == account.id, in_force(now))
        .order_by(Binding.relation != Relation.SELF, Binding.created_at)
    )
    return [(retiree, binding) for retiree, binding in rows]
