"""Accounts, whom they are bound to, and what was consented to."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedText

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class AccountKind(StrEnum):
    """How the person behind an account logged in."""

    DEVELOPMENT = "development"
    OPERATOR = "operator"
    WECHAT = "wechat"
    MINIPROGRAM = "miniprogram"
    LINK = "link"


class Account(Identified, Base):
    """Somebody who talks to us or uses the pages. The outside identity is found by its keyed digest.

    A person who comes by the official account and by the mini-program has an account for each; the later one is joined
    to the earlier one, which then acts for both. A `link` account is whoever holds a link made for one certification.
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("kind", "identity_index"),)

    kind: Mapped[AccountKind]
    identity_index: Mapped[str] = mapped_column(String(64))
    openid: Mapped[str | None] = mapped_column(EncryptedText("accounts.openid"), comment="where WeChat delivers to")
    union_index: Mapped[str | None] = mapped_column(String(64), index=True, comment="keyed digest of the union id")
    joined_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


def hold_account(session: Session, account: Account) -> None:
    """Let whoever acts on this account at the same moment wait, and find what was written.

    Beside whoever wrote something that refers to it a moment ago: two of them would each wait for the other.
    """
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))


class Relation(StrEnum):
    """Who the account's person is to the retiree; `policy.relations` says what each may do."""

    SELF = "self"
    DIRECT_RELATIVE = "direct_relative"
    RELATIVE = "relative"
    INTERESTED_PARTY = "interested_party"
    ENTRUSTED = "entrusted"


class Confirmation(StrEnum):
    """What made a binding count."""

    FACE = "face"
    CODE = "code"
    RETIREE = "retiree"
    OPERATOR = "operator"


class Binding(Identified, Base):
    """An account may act for this retiree from `confirmed_at` to `ended_at`; before that it may only certify."""

    __tablename__ = "bindings"
    __table_args__ = (UniqueConstraint("account_id", "retiree_id"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    relation: Mapped[Relation]
    person_name: Mapped[str | None] = mapped_column(
        EncryptedText("bindings.person_name"), comment="who the account's person says to be, for the retiree to decide"
    )
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[Confirmation | None]
    ended_at: Mapped[datetime | None]


class BindingTry(Identified, Base):
    """One try to bind or to confirm, right or wrong: too many within an hour lock the account."""

    __tablename__ = "binding_tries"
    __table_args__ = (Index("ix_binding_tries_account_id_at", "account_id", "at"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


class ConfirmationCode(Identified, Base):
    """A code that staff gave to a retiree in person, which confirms one binding."""

    __tablename__ = "confirmation_codes"

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    code_index: Mapped[str] = mapped_column(String(64), unique=True, comment="keyed digest of retiree and code")
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginToken(Identified, Base):
    """A mini-program's login: short-lived, revocable, kept as a keyed digest only."""

    __tablename__ = "login_tokens"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_index: Mapped[str] = mapped_column(String(64), unique=True)
    openid: Mapped[str] = mapped_column(EncryptedText("login_tokens.openid"), comment="in the mini-program")
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ConsentKind(StrEnum):
    """What is consented to; the face apart from everything else (Art. 29; rule on face recognition of 2025)."""

    PERSONAL_INFORMATION = "personal_information"
    BIOMETRIC = "biometric"


class Consent(Identified, Base):
    """One consent, with the version of the words that were shown; withdrawn, never deleted."""

    __tablename__ = "consents"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    retiree_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("retirees.id"), index=True, comment="none: about the account's own data"
    )
    kind: Mapped[ConsentKind]
    version: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
