"""A mini-program's login: our own token, short-lived and revocable, kept as a digest."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from models import Account, LoginToken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.vault import Vault

_PURPOSE = "login_tokens.token"
_TOKEN_BYTES = 24


def issue_token(
    session: Session, account: Account, openid: str, *, minutes: int, vault: Vault, now: datetime
) -> tuple[str, datetime]:
    """Return a new token for an account that came with that openid, and when it ends."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires_at = now + timedelta(minutes=minutes)
    session.add(
        LoginToken(
            account_id=account.id,
            token_index=vault.blind_index(token, _PURPOSE),
            openid=openid,
            issued_at=now,
            expires_at=expires_at,
        )
    )
    return token, expires_at


def find_by_token(session: Session, token: str, *, vault: Vault, now: datetime) -> tuple[Account, str] | None:
    """Return the account that a token stands for and the openid it was given to, if it is good now."""
    row = session.execute(
        select(Account, LoginToken.openid)
        .join(LoginToken, LoginToken.account_id == Account.id)
        .where(
            LoginToken.token_index.in_(vault.blind_indexes_ever(token, _PURPOSE)),
            LoginToken.revoked_at.is_(None),
            LoginToken.expires_at > now,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def revoke_token(session: Session, token: str, *, vault: Vault, now: datetime) -> None:
    """End a token now."""
    session.execute(
        update(LoginToken)
        .where(LoginToken.token_index.in_(vault.blind_indexes_ever(token, _PURPOSE)), LoginToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
