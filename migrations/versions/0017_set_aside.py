"""the night run finds what people set aside without looking at every proposal"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("status IN ('excluded', 'refused', 'undone')")
    op.create_index(
        'ix_benefit_actions_set_aside_benefit_id',
        'benefit_actions',
        ['benefit_id'],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index('ix_benefit_actions_set_aside_benefit_id', table_name='benefit_actions')
