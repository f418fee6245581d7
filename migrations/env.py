"""How a migration runs: on the connection that `models.schema` hands over, in its transaction or each in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from alembic import context

from models import Base
from models.types import EncryptedBytes, EncryptedText, UtcDateTime

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_PLAIN: dict[type, str] = {
    EncryptedBytes: "sa.LargeBinary()",
    EncryptedText: "sa.LargeBinary()",
    UtcDateTime: "sa.DateTime(timezone=True)",
}


def render_item(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types as plain ones: a migration must not change when living code does."""
    if kind != "type":
        return False
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return _PLAIN.get(type(item), False)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
