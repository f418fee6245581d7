"""Accounts in WeChat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import Account, Binding
from models.account import AccountKind, Confirmation, Relation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Retiree


def add_own_account(session: Session, person: Retiree, since: datetime) -> None:
    """Let somebody be bound to an account of their own, by their face."""
    account = Account(kind=AccountKind.WECHAT, identity_index=str(person.id), openid=f"o{person.id}", created_at=since)
    session.add(account)
    session.flush()
    session.add(
        Binding(
            account_id=account.id,
            retiree_id=person.id,
            relation=Relation.SELF,
            created_at=since,
            confirmed_at=since,
            confirmed_by=Confirmation.FACE,
        )
    )
