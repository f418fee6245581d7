"""an import of matching data goes in lanes, each of which says how far it came"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'matching_lanes',
        sa.Column('import_id', sa.Uuid(), nullable=False),
        sa.Column('lane', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('lines_taken', sa.Integer(), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['matching_imports.id'], name=op.f('fk_matching_lanes_import_id_matching_imports')),
        sa.PrimaryKeyConstraint('import_id', 'lane', name=op.f('pk_matching_lanes')),
    )


def downgrade() -> None:
    op.drop_table('matching_lanes')
