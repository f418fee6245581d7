"""WeChat: conversations, messages in and out, tokens, reports; bindings that are confirmed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('access_tokens',
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_access_tokens'))
    )
    op.create_table('binding_tries',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_binding_tries_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_binding_tries'))
    )
    with op.batch_alter_table('binding_tries', schema=None) as batch_op:
        batch_op.create_index('ix_binding_tries_account_id_at', ['account_id', 'at'], unique=False)

    op.create_table('conversations',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=True, comment='JSON; none: no flow'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_following', sa.Boolean(), nullable=False),
    sa.Column('last_message_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_tap_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_conversations_account_id_accounts')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_conversations'))
    )
    op.create_table('inbox_messages',
    sa.Column('id', sa.Uuid(), nullable=False, comment='from the keyed digest of what names the message'),
    sa.Column('request_key', sa.String(length=64), nullable=False, comment='keyed digest of timestamp and nonce'),
    sa.Column('content_key', sa.String(length=64), nullable=False, comment='keyed digest of the content'),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=48), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('reply', sa.LargeBinary(), nullable=True, comment='none: nothing is said'),
    sa.Column('media_id', sa.String(length=256), nullable=True, comment='the voice message that waits to be heard'),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_inbox_messages_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_messages')),
    sa.UniqueConstraint('request_key', name=op.f('uq_inbox_messages_request_key'))
    )
    with op.batch_alter_table('inbox_messages', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_messages_deferred_received_at', ['received_at'], unique=False, sqlite_where=sa.text("status = 'deferred'"), postgresql_where=sa.text("status = 'deferred'"))
        batch_op.create_index(batch_op.f('ix_inbox_messages_received_at'), ['received_at'], unique=False)

    op.create_table('login_tokens',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('token_index', sa.String(length=64), nullable=False),
    sa.Column('openid', sa.LargeBinary(), nullable=False, comment='in the mini-program'),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_login_tokens_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_tokens')),
    sa.UniqueConstraint('token_index', name=op.f('uq_login_tokens_token_index'))
    )
    with op.batch_alter_table('login_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_tokens_account_id'), ['account_id'], unique=False)

    op.create_table('confirmation_codes',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('code_index', sa.String(length=64), nullable=False, comment='keyed digest of retiree and code'),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_confirmation_codes_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmation_codes')),
    sa.UniqueConstraint('code_index', name=op.f('uq_confirmation_codes_code_index'))
    )
    with op.batch_alter_table('confirmation_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_confirmation_codes_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('outbox_messages',
    sa.Column('cause', sa.String(length=128), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=True),
    sa.Column('notice', sa.String(length=32), nullable=False, comment='which sentence; `words.NOTICES`'),
    sa.Column('values', sa.LargeBinary(), nullable=False, comment='JSON'),
    sa.Column('is_reply', sa.Boolean(), nullable=False, comment='an answer to a question just asked: no quiet hours'),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=True, comment='the channel tried last'),
    sa.Column('refused', sa.String(length=128), nullable=False, comment='channels that will not do, by comma'),
    sa.Column('wechat_id', sa.String(length=64), nullable=True, comment='WeChat tells by it what came of it'),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_outbox_messages_account_id_accounts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_outbox_messages_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_messages')),
    sa.UniqueConstraint('cause', name=op.f('uq_outbox_messages_cause'))
    )
    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_messages_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_wechat_id'), ['wechat_id'], unique=False)
        batch_op.create_index('ix_outbox_messages_waiting_next_try_at', ['next_try_at'], unique=False, sqlite_where=sa.text("status = 'waiting'"), postgresql_where=sa.text("status = 'waiting'"))

    op.create_table('reports',
    sa.Column('number', sa.String(length=32), nullable=False, comment='the code by which its teller follows it'),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=True, comment='none: told anonymously'),
    sa.Column('retiree_id', sa.Uuid(), nullable=True, comment='none: not found in the roster, staff look'),
    sa.Column('owner_code', sa.String(length=12), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=False, comment='JSON: everything that was told'),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('is_late', sa.Boolean(), nullable=False, comment='told after the days of the rule set (Art. 16(4))'),
    sa.Column('rule_set', sa.String(length=32), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reports_account_id_accounts')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_reports_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_reports_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports')),
    sa.UniqueConstraint('number', name=op.f('uq_reports_number'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_owner_code'), ['owner_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_reported_at'), ['reported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('wechat_verifications',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('verify_id', sa.LargeBinary(), nullable=False),
    sa.Column('verify_id_index', sa.String(length=64), nullable=False),
    sa.Column('openid_index', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('errcode', sa.Integer(), nullable=True),
    sa.Column('verify_ret', sa.Integer(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_wechat_verifications_attempt_id_attempts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wechat_verifications')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_wechat_verifications_attempt_id')),
    sa.UniqueConstraint('verify_id_index', name=op.f('uq_wechat_verifications_verify_id_index'))
    )
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('openid', sa.LargeBinary(), nullable=True, comment='where WeChat delivers to'))
        batch_op.add_column(sa.Column('union_index', sa.String(length=64), nullable=True, comment='keyed digest of the union id'))
        batch_op.add_column(sa.Column('joined_to_id', sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f('ix_accounts_union_index'), ['union_index'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_accounts_joined_to_id_accounts'), 'accounts', ['joined_to_id'], ['id'])

    with op.batch_alter_table('bindings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_name', sa.LargeBinary(), nullable=True, comment="who the account's person says to be, for the retiree to decide"))
        batch_op.add_column(sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('confirmed_by', sa.String(length=32), nullable=True))

    # whoever was bound until now was bound by the operator's own tools
    op.execute("UPDATE bindings SET confirmed_at = created_at, confirmed_by = 'operator'")
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.alter_column('retiree_id',
               existing_type=sa.CHAR(length=32),
               nullable=True, comment="none: about the account's own data")
        batch_op.create_index(batch_op.f('ix_consents_account_id'), ['account_id'], unique=False)

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('account_id', sa.Uuid(), nullable=True, comment='who asked'))
        batch_op.add_column(sa.Column('note', sa.LargeBinary(), nullable=True, comment="in the person's own words"))
        batch_op.alter_column('place',
               existing_type=sa.VARCHAR(length=32),
               nullable=True)
        batch_op.alter_column('retiree_id',
               existing_type=sa.CHAR(length=32),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_tickets_account_id'), ['account_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_tickets_account_id_accounts'), 'accounts', ['account_id'], ['id'])



def downgrade() -> None:
    # the older shape has no room for a ticket or a consent without a retiree
    op.execute("DELETE FROM tickets WHERE retiree_id IS NULL OR place IS NULL")
    op.execute("DELETE FROM consents WHERE retiree_id IS NULL")
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_tickets_account_id_accounts'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_tickets_account_id'))
        batch_op.alter_column('retiree_id',
               existing_type=sa.CHAR(length=32),
               nullable=False)
        batch_op.alter_column('place',
               existing_type=sa.VARCHAR(length=32),
               nullable=False)
        batch_op.drop_column('note')
        batch_op.drop_column('account_id')

    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consents_account_id'))
        batch_op.alter_column('retiree_id',
               existing_type=sa.CHAR(length=32),
               nullable=False)

    with op.batch_alter_table('bindings', schema=None) as batch_op:
        batch_op.drop_column('confirmed_by')
        batch_op.drop_column('confirmed_at')
        batch_op.drop_column('person_name')

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_accounts_joined_to_id_accounts'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_accounts_union_index'))
        batch_op.drop_column('joined_to_id')
        batch_op.drop_column('union_index')
        batch_op.drop_column('openid')

    op.drop_table('wechat_verifications')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reports_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_reports_reported_at'))
        batch_op.drop_index(batch_op.f('ix_reports_owner_code'))
        batch_op.drop_index(batch_op.f('ix_reports_account_id'))

    op.drop_table('reports')
    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_messages_wechat_id'))
        batch_op.drop_index('ix_outbox_messages_waiting_next_try_at', sqlite_where=sa.text("status = 'waiting'"), postgresql_where=sa.text("status = 'waiting'"))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_account_id'))

    op.drop_table('outbox_messages')
    with op.batch_alter_table('confirmation_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_confirmation_codes_retiree_id'))

    op.drop_table('confirmation_codes')
    with op.batch_alter_table('login_tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_tokens_account_id'))

    op.drop_table('login_tokens')
    with op.batch_alter_table('inbox_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inbox_messages_received_at'))
        batch_op.drop_index('ix_inbox_messages_deferred_received_at', sqlite_where=sa.text("status = 'deferred'"), postgresql_where=sa.text("status = 'deferred'"))

    op.drop_table('inbox_messages')
    op.drop_table('conversations')
    with op.batch_alter_table('binding_tries', schema=None) as batch_op:
        batch_op.drop_index('ix_binding_tries_account_id_at')

    op.drop_table('binding_tries')
    op.drop_table('access_tokens')
