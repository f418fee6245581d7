"""Letting a binding count: by the retiree's face, by a code of the community, by the retiree's own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Account, Binding, Retiree
from models.account import Relation
from models.audit import record
from models.outbox import TAG_RELATIVE, enqueue

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.account import Confirmation
    from models.audit import Actor


def confirm_binding(session: Session, binding: Binding, by: Confirmation, *, actor: Actor, now: datetime) -> None:
    """Let a binding count from now on; one that counts already stays as it is.

    A relative's account gets the tag by which WeChat shows it the menu of relatives. The retiree's own accounts are
    told, but for the one that said so itself.
    """
    if binding.confirmed_at is not None:
        return
    binding.confirmed_at, binding.confirmed_by = now, by
    record(session, actor, "binding.confirm", session.get_one(Retiree, binding.retiree_id), now=now, reason=by.value)
    for owner in find_own_accounts(session, binding.retiree_id, now=now):
        if owner.id != binding.account_id and str(owner.id) != actor.name:
            enqueue(
                session,
                owner.id,
                "phone_confirmed" if binding.relation is Relation.SELF else "binding_confirmed",
                {"person": binding.person_name or "", "relation": binding.relation.value},
                cause=f"binding_confirmed:{binding.id.hex}:{owner.id.hex}:{int(now.timestamp())}",
                retiree_id=binding.retiree_id,
                now=now,
            )
    account = session.get_one(Account, binding.account_id)
    if binding.relation is not Relation.SELF and account.openid is not None:
        enqueue(session, account.id, TAG_RELATIVE, {}, cause=f"{TAG_RELATIVE}:{account.id}", now=now, is_reply=True)


def find_own_accounts(session: Session, retiree_id: uuid.UUID, *, now: datetime) -> Sequence[Account]:
    """Return the retiree's own confirmed accounts in WeChat."""
    return session.scalars(
        select(Account)
        .join(Binding, Binding.account_id == Account.id)
        .where(
            Binding.retiree_id == retiree_id,
            Binding.relation == Relation.SELF,
            Binding.confirmed_at.is_not(None),
            Account.openid.is_not(None),
            or_(Binding.ended_at.is_(None), Binding.ended_at > now),
        )
    ).all()
