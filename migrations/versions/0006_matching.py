"""Data matching: files of other departments, what their rows said of whom, and by which a person was certified"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('matching_imports',
    sa.Column('source', sa.String(length=48), nullable=False),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('department', sa.String(length=64), nullable=False),
    sa.Column('content_index', sa.String(length=64), nullable=False, comment='keyed digest of the file and its mapping'),
    sa.Column('lines_taken', sa.Integer(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matching_imports'))
    )
    with op.batch_alter_table('matching_imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_matching_imports_started_at'), ['started_at'], unique=False)
        batch_op.create_index('uq_matching_imports_unfinished_content_index', ['content_index'], unique=True, sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))

    op.create_table('name_birthdays',
    sa.Column('token', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_name_birthdays_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('token', 'retiree_id', name=op.f('pk_name_birthdays'))
    )
    with op.batch_alter_table('name_birthdays', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_name_birthdays_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('signs',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=48), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('matched_by', sa.String(length=32), nullable=False),
    sa.Column('decision', sa.String(length=32), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['matching_imports.id'], name=op.f('fk_signs_import_id_matching_imports')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_signs_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('retiree_id', 'source', 'kind', 'happened_on', name=op.f('pk_signs'))
    )
    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sign_source', sa.String(length=48), nullable=True, comment='of a data match: who had the evidence of life'))
        batch_op.add_column(sa.Column('sign_on', sa.Date(), nullable=True, comment='of a data match: the day of the evidence'))



def downgrade() -> None:
    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.drop_column('sign_on')
        batch_op.drop_column('sign_source')

    op.drop_table('signs')
    with op.batch_alter_table('name_birthdays', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_name_birthdays_retiree_id'))

    op.drop_table('name_birthdays')
    with op.batch_alter_table('matching_imports', schema=None) as batch_op:
        batch_op.drop_index('uq_matching_imports_unfinished_content_index', sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_matching_imports_started_at'))

    op.drop_table('matching_imports')
