"""What staff add to the knowledge of policy answers, and the questions that show what is missing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('asked_questions',
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=True, comment='what was shown, or why nothing was'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asked_questions'))
    )
    with op.batch_alter_table('asked_questions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_asked_questions_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_asked_questions_reason'), ['reason'], unique=False)

    op.create_table('knowledge_changes',
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False, comment='JSON: examples, or a topic as its file would hold it'),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('figures', sa.JSON(), nullable=True, comment='the regression set before and after it'),
    sa.Column('measuring_since', sa.DateTime(timezone=True), nullable=True, comment='claimed by a process that trains'),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['staff.id'], name=op.f('fk_knowledge_changes_decided_by_staff')),
    sa.ForeignKeyConstraint(['proposed_by'], ['staff.id'], name=op.f('fk_knowledge_changes_proposed_by_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knowledge_changes'))
    )
    with op.batch_alter_table('knowledge_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_knowledge_changes_status'), ['status'], unique=False)

    op.create_table('topic_switches',
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('off_by', sa.Uuid(), nullable=False),
    sa.Column('off_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['off_by'], ['staff.id'], name=op.f('fk_topic_switches_off_by_staff')),
    sa.PrimaryKeyConstraint('topic', name=op.f('pk_topic_switches'))
    )


def downgrade() -> None:
    op.drop_table('topic_switches')
    with op.batch_alter_table('knowledge_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_knowledge_changes_status'))

    op.drop_table('knowledge_changes')
    with op.batch_alter_table('asked_questions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_asked_questions_reason'))
        batch_op.drop_index(batch_op.f('ix_asked_questions_asked_at'))

    op.drop_table('asked_questions')
