"""who reviewed a topic of the policy answers, and when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('topic_reviews',
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('wording', sa.String(length=64), nullable=False, comment='the digest of what was read'),
    sa.Column('reviewed_by', sa.Uuid(), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['reviewed_by'], ['staff.id'], name=op.f('fk_topic_reviews_reviewed_by_staff')),
    sa.PrimaryKeyConstraint('topic', name=op.f('pk_topic_reviews'))
    )


def downgrade() -> None:
    op.drop_table('topic_reviews')
