"""audit rows of lists say whom they showed; a browser that staff logged in with before counts its own wrong tries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'audit_entries',
        sa.Column('shown', sa.LargeBinary(), nullable=True, comment='of a list: the ids of the people whom it showed, 16 bytes each'),
    )
    op.add_column('staff_sessions', sa.Column('failed_logins', sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    op.drop_column('staff_sessions', 'failed_logins')
    op.drop_column('audit_entries', 'shown')
