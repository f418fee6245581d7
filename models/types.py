"""Column types: moments in UTC, and text and bytes that are encrypted in the column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from models.vault import Vault

_installed: list[Vault] = []


def install_vault(vault: Vault) -> None:
    """Give the encrypted columns their keys: once a process, from the composition root.

    A column type has no way to be handed an argument for each query, hence the one piece of process state here.
    """
    _installed[:] = [vault]


def installed_vault() -> Vault:
    """Return the vault in use; raise RuntimeError before one was installed."""
    if not _installed:
        raise RuntimeError("no vault is installed: personal data can be neither read nor written")
    return _installed[0]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - signature
        """Turn to UTC; SQLite keeps no zone, so every stored moment must be in the same one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - signature
        """Return an aware moment on every database."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes sealed in the column; `purpose` names the column and is bound into the seal."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - signature
        """Seal."""
        return None if value is None else installed_vault().seal(value, self.purpose)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - signature
        """Open; raises CannotOpen when the key is another."""
        return None if value is None else installed_vault().open(bytes(value), self.purpose)


class EncryptedText(TypeDecorator[str]):
    """Text sealed in the column; `purpose` names the column and is bound into the seal."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - signature
        """Seal."""
        return None if value is None else installed_vault().seal(value.encode(), self.purpose)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - signature
        """Open; raises CannotOpen when the key is another."""
        return None if value is None else installed_vault().open(bytes(value), self.purpose).decode()
