"""no index that nothing is found by, and none of rows whose column is empty: a night writes half a million of them"""

from __future__ import annotations

from alembic import op

from migrations.indexes import drop_index, make_index

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_index('ix_retirees_community_code', 'retirees')
    drop_index('ix_retirees_owner_code_certified_until', 'retirees')
    make_index('ix_tickets_closed_owner_code_closed_at', 'tickets', ['owner_code', 'closed_at'], 'closed_at IS NOT NULL')
    drop_index('ix_tickets_owner_code_closed_at', 'tickets')
    make_index('ix_tickets_taken_assignee_id_status', 'tickets', ['assignee_id', 'status'], 'assignee_id IS NOT NULL')
    drop_index('ix_tickets_assignee_id_status', 'tickets')
    make_index('ix_tickets_asked_account_id', 'tickets', ['account_id'], 'account_id IS NOT NULL')
    drop_index('ix_tickets_account_id', 'tickets')
    make_index('ix_outbox_messages_sent_wechat_id', 'outbox_messages', ['wechat_id'], 'wechat_id IS NOT NULL')
    drop_index('ix_outbox_messages_wechat_id', 'outbox_messages')


def downgrade() -> None:
    op.create_index('ix_outbox_messages_wechat_id', 'outbox_messages', ['wechat_id'], unique=False)
    op.drop_index('ix_outbox_messages_sent_wechat_id', table_name='outbox_messages')
    op.create_index('ix_tickets_account_id', 'tickets', ['account_id'], unique=False)
    op.drop_index('ix_tickets_asked_account_id', table_name='tickets')
    op.create_index('ix_tickets_assignee_id_status', 'tickets', ['assignee_id', 'status'], unique=False)
    op.drop_index('ix_tickets_taken_assignee_id_status', table_name='tickets')
    op.create_index('ix_tickets_owner_code_closed_at', 'tickets', ['owner_code', 'closed_at'], unique=False)
    op.drop_index('ix_tickets_closed_owner_code_closed_at', table_name='tickets')
    op.create_index('ix_retirees_owner_code_certified_until', 'retirees', ['owner_code', 'certified_until'], unique=False)
    op.create_index('ix_retirees_community_code', 'retirees', ['community_code'], unique=False)
