"""A link that certifies one retiree on another phone: a child makes it, the parent or a neighbour opens it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.bindings import in_force
from models import Account, Binding, Retiree
from models.account import AccountKind, Confirmation, Relation
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.vault import Vault

_PURPOSE = "accounts.identity"
_TOKEN_BYTES = 18


def make_link(session: Session, retiree: Retiree, *, hours: int, vault: Vault, actor: Actor, now: datetime) -> str:
    """Return the token of a new link for `retiree`: whoever holds it may certify this one person, for so many hours.

    The token is an account of its own that may do nothing else; it ends by itself or when the retiree revokes it.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    account = Account(kind=AccountKind.LINK, identity_index=vault.blind_index(token, _PURPOSE), created_at=now)
    session.add(account)
    session.flush()
    session.add(
        Binding(
            account_id=account.id,
            retiree_id=retiree.id,
            relation=Relation.DIRECT_RELATIVE,
            created_at=now,
            confirmed_at=now,
            confirmed_by=Confirmation.RETIREE,
            ended_at=now + timedelta(hours=hours),
        )
    )
    record(session, actor, "link.make", retiree, now=now)
    return token


def open_link(session: Session, token: str, *, vault: Vault, actor: Actor, now: datetime) -> Account:
    """Return the account of a link that still opens; raise Refusal `link_expired` for any other token."""
    row = session.execute(
        select(Account, Retiree)
        .join(Binding, Binding.account_id == Account.id)
        .join(Retiree, Retiree.id == Binding.retiree_id)
        .where(
            Account.kind == AccountKind.LINK,
            Account.identity_index.in_(vault.blind_indexes_ever(token, _PURPOSE)),
            in_force(now),
        )
    ).one_or_none()
    if row is None:
        raise Refusal("link_expired")
    account, retiree = row
    record(session, actor, "link.open", retiree, now=now)
    return account
