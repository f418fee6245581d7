"""A sealed value by which a process notices, before it reads or writes anything, that its data key is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.retired_key import RetiredKey, recall_retired
from models.vault import CannotOpen

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from models.vault import Vault

_PURPOSE = "vault_checks.sealed"
_ROW = 1


class AnotherKey(SQLAlchemyError):
    """The database was begun with another data key: writing with this one would split it.

    To whoever works with it the database is out of reach.
    """


class VaultCheck(Base):
    """One row: nothing, sealed with the key in use. Not an encrypted column, for it is opened with a key on trial."""

    __tablename__ = "vault_checks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


def remember_key(session: Session, vault: Vault) -> None:
    """Leave a value sealed with this key, unless there is one."""
    if session.get(VaultCheck, _ROW) is None:
        session.add(VaultCheck(id=_ROW, sealed=vault.seal(b"", _PURPOSE)))


def seal_check_anew(session: Session, vault: Vault) -> None:
    """Let the present key be the one that this database was begun with: nothing of an earlier one is left in it."""
    session.merge(VaultCheck(id=_ROW, sealed=vault.seal(b"", _PURPOSE)))


def is_sealed_by(session: Session, vault: Vault) -> bool:
    """Say whether the present key of `vault` is the one that this database takes; it takes earlier ones till then."""
    check = session.get(VaultCheck, _ROW)
    return check is None or check.sealed.startswith(vault.head)


def is_key_of(session: Session, vault: Vault) -> bool:
    """Say whether `vault` has the key that this database was begun with; a database with no value yet takes any."""
    check = session.get(VaultCheck, _ROW)
    if check is None:
        return True
    try:
        vault.open(check.sealed, _PURPOSE)
    except CannotOpen:
        return False
    return True


def prove_key(bind: Engine | Connection, vault: Vault) -> bool:
    """Say whether `vault` is proved to have the key of this database, and let it digest as earlier keys did.

    False while there are no tables to ask. Raises AnotherKey.
    """
    with Session(bind, join_transaction_mode="create_savepoint") as session, session.begin():
        has = inspect(session.connection()).has_table
        if has(VaultCheck.__tablename__) and not is_key_of(session, vault):
            raise AnotherKey
        if not has(RetiredKey.__tablename__):
            return False
        recall_retired(session, vault)
    return True
