"""What the application's own role may do on PostgreSQL, where another role owns the tables and runs the migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from models.audit import AuditBlock, AuditEntry

if TYPE_CHECKING:
    from sqlalchemy import Connection

ADDED_TO_ALONE = (AuditEntry.__tablename__, AuditBlock.__tablename__)
# Whether a role is one that grants bind: no superuser, no owner of our tables and no member of such a role.
_STRENGTH = text(
    "SELECT r.rolsuper OR EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = current_schema()"
    " AND pg_has_role(r.oid, t.tableowner, 'MEMBER')) FROM pg_roles r WHERE r.rolname = :role"
)


class CannotProtect(Exception):
    """The role cannot be held to anything. why: needs_postgresql, role_unknown or role_too_strong."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def allow_role(connection: Connection, role: str) -> None:
    """Let `role` read and write every table, add to the audit without changing it, and see the migrations' state.

    It covers tables that later migrations of the same owner add. Raises CannotProtect.
    """
    if connection.dialect.name != "postgresql":
        raise CannotProtect("needs_postgresql")
    is_strong = connection.execute(_STRENGTH, {"role": role}).scalar_one_or_none()
    if is_strong is None:
        raise CannotProtect("role_unknown")
    if is_strong:
        raise CannotProtect("role_too_strong")
    quote = connection.dialect.identifier_preparer.quote
    who, schema = quote(role), quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    audit = ", ".join(f"{schema}.{table}" for table in ADDED_TO_ALONE)
    for grant in (
        f"GRANT USAGE ON SCHEMA {schema} TO {who}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {who}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {who}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {who}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {who}",
        f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {audit} FROM {who}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {schema}.alembic_version FROM {who}",
    ):
        connection.execute(text(grant))
