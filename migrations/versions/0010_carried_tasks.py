"""Tasks that a broker carries, those that were given up, and an index on attempts that run"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.indexes import make_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_index("ix_attempts_running_expires_at", "attempts", ["expires_at"], "status = 'running'")
    op.create_table(
        "carried_tasks",
        sa.Column("work", sa.String(length=64), nullable=False, comment="the name of a piece of work"),
        sa.Column("request_id", sa.String(length=64), nullable=True, comment="of the request that asked for it, for the log"),
        sa.Column("asked_for", sa.DateTime(timezone=True), nullable=False, comment="the moment it was to be done for"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=64), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True, comment="staff, or that the work went well again"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_tasks")),
    )
    with op.batch_alter_table("carried_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carried_tasks_work"), ["work"], unique=False)
        batch_op.create_index(batch_op.f("ix_carried_tasks_given_up_at"), ["given_up_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_running_expires_at")

    op.drop_table("carried_tasks")
