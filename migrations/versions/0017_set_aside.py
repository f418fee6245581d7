"""the night run finds what people set aside without looking at every proposal"""

from __future__ import annotations

from alembic import op

from migrations.indexes import make_index

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = "status IN ('excluded', 'refused', 'undone')"
    make_index('ix_benefit_actions_set_aside_benefit_id', 'benefit_actions', ['benefit_id'], where)


def downgrade() -> None:
    op.drop_index('ix_benefit_actions_set_aside_benefit_id', table_name='benefit_actions')
