"""a closed month knows the digest of its differences; one closed before this has none, and they are written anew"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('payment_months', sa.Column('differences_sha256', sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column('payment_months', 'differences_sha256')
