"""what is kept of earlier data keys, with which key a picture is sealed, and stored files that nothing names any more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('retired_keys',
    sa.Column('key_id', sa.String(length=8), nullable=False),
    sa.Column('material', sa.LargeBinary(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key_id', name=op.f('pk_retired_keys'))
    )
    op.create_table('evidence_waste',
    sa.Column('storage_key', sa.String(length=64), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('storage_key', name=op.f('pk_evidence_waste'))
    )
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key_id', sa.String(length=8), nullable=True, comment='of the data key that sealed the file; none: not known'))


def downgrade() -> None:
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.drop_column('key_id')

    op.drop_table('evidence_waste')
    op.drop_table('retired_keys')
