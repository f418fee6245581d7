"""tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('identity_index', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('kind', 'identity_index', name=op.f('uq_accounts_kind_identity_index'))
    )
    op.create_table('audit_entries',
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entries_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_entries_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('regions',
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('parent_code', sa.String(length=12), nullable=True),
    sa.Column('telephone', sa.String(length=32), nullable=True, comment="the office's own, shown to the public"),
    sa.ForeignKeyConstraint(['parent_code'], ['regions.code'], name=op.f('fk_regions_parent_code_regions')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_regions'))
    )
    with op.batch_alter_table('regions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_regions_parent_code'), ['parent_code'], unique=False)

    op.create_table('transitions',
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=64), nullable=False),
    sa.Column('old', sa.String(length=32), nullable=False),
    sa.Column('new', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transitions'))
    )
    with op.batch_alter_table('transitions', schema=None) as batch_op:
        batch_op.create_index('ix_transitions_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('vault_checks',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vault_checks'))
    )
    op.create_table('retirees',
    sa.Column('id_number', sa.LargeBinary(), nullable=False),
    sa.Column('id_number_index', sa.String(length=64), nullable=False, comment='keyed digest, for exact search'),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('phone_index', sa.String(length=64), nullable=True),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('community_code', sa.String(length=12), nullable=True, comment='none: lives outside the city, the agency keeps them (Art. 12(1))'),
    sa.Column('agency_code', sa.String(length=12), nullable=False, comment='where they are insured'),
    sa.Column('insured_kind', sa.String(length=32), nullable=False),
    sa.Column('entitled_from', sa.Date(), nullable=False, comment='first day of the pension'),
    sa.Column('is_demonstration', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_code'], ['regions.code'], name=op.f('fk_retirees_agency_code_regions')),
    sa.ForeignKeyConstraint(['community_code'], ['regions.code'], name=op.f('fk_retirees_community_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retirees')),
    sa.UniqueConstraint('id_number_index', name=op.f('uq_retirees_id_number_index'))
    )
    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_retirees_agency_code'), ['agency_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_retirees_community_code'), ['community_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_retirees_phone_index'), ['phone_index'], unique=False)

    op.create_table('action_exclusions',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_action_exclusions_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action_exclusions')),
    sa.UniqueConstraint('retiree_id', 'action', name=op.f('uq_action_exclusions_retiree_id_action'))
    )
    with op.batch_alter_table('action_exclusions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_action_exclusions_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('bindings',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('relation', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_bindings_account_id_accounts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_bindings_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bindings')),
    sa.UniqueConstraint('account_id', 'retiree_id', name=op.f('uq_bindings_account_id_retiree_id'))
    )
    with op.batch_alter_table('bindings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bindings_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bindings_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('certification_sessions',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('with_helper', sa.Boolean(), nullable=False, comment="somebody else holds the phone; the face is the retiree's"),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_certification_sessions_account_id_accounts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_certification_sessions_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_sessions'))
    )
    with op.batch_alter_table('certification_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_sessions_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certification_sessions_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('consents',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_consents_account_id_accounts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_consents_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consents_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('tickets',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('place', sa.String(length=32), nullable=False),
    sa.Column('visit_reason', sa.String(length=32), nullable=True),
    sa.Column('origin', sa.String(length=32), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('owner_code', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_by', sa.Date(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_tickets_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_tickets_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tickets')),
    sa.UniqueConstraint('number', name=op.f('uq_tickets_number'))
    )
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tickets_owner_code'), ['owner_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index('uq_tickets_open_retiree_id_kind', ['retiree_id', 'kind'], unique=True, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))

    op.create_table('attempts',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='1 to 3 within the session'),
    sa.Column('way', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('actions', sa.JSON(), nullable=False, comment='the challenge; never told ahead of its time'),
    sa.Column('nonce_index', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_seq', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=True, comment='liveness so far; emptied when the attempt ends'),
    sa.Column('last_answer', sa.JSON(), nullable=True, comment='repeated to a repeated frame'),
    sa.Column('findings', sa.JSON(), nullable=True, comment='scores and signs, for the reviewer'),
    sa.Column('advice', sa.String(length=32), nullable=True),
    sa.Column('rule_set', sa.String(length=32), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_attempts_retiree_id_retirees')),
    sa.ForeignKeyConstraint(['session_id'], ['certification_sessions.id'], name=op.f('fk_attempts_session_id_certification_sessions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts')),
    sa.UniqueConstraint('nonce_index', name=op.f('uq_attempts_nonce_index')),
    sa.UniqueConstraint('session_id', 'number', name=op.f('uq_attempts_session_id_number'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempts_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempts_session_id'), ['session_id'], unique=False)

    op.create_table('attempt_frames',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('content_index', sa.String(length=64), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_attempt_frames_attempt_id_attempts')),
    sa.PrimaryKeyConstraint('attempt_id', 'seq', name=op.f('pk_attempt_frames')),
    sa.UniqueConstraint('content_index', name=op.f('uq_attempt_frames_content_index'))
    )
    op.create_table('certifications',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('period', sa.String(length=16), nullable=False, comment='the year, or the month of a rolling clock: one each'),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('with_helper', sa.Boolean(), nullable=False),
    sa.Column('certified_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('next_due_by', sa.Date(), nullable=False),
    sa.Column('rule_set', sa.String(length=32), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('receipt_number', sa.String(length=32), nullable=False, comment='random: knowing one tells no other'),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_certifications_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_certifications_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certifications')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_certifications_attempt_id')),
    sa.UniqueConstraint('receipt_number', name=op.f('uq_certifications_receipt_number')),
    sa.UniqueConstraint('retiree_id', 'period', name=op.f('uq_certifications_retiree_id_period'))
    )
    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certifications_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('evidence_images',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(length=32), nullable=False),
    sa.Column('content_index', sa.String(length=64), nullable=False, comment='keyed digest: the same picture is not kept twice'),
    sa.Column('storage_key', sa.String(length=64), nullable=False),
    sa.Column('destroy_on', sa.Date(), nullable=True, comment='none while it is the reference in use'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_evidence_images_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_evidence_images_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_images')),
    sa.UniqueConstraint('storage_key', name=op.f('uq_evidence_images_storage_key'))
    )
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_images_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_images_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('frame_refusals',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_frame_refusals_attempt_id_attempts')),
    sa.PrimaryKeyConstraint('attempt_id', 'reason', name=op.f('pk_frame_refusals'))
    )
    op.create_table('reviews',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('owner_code', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_by', sa.Date(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_reviews_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_reviews_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_reviews_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_reviews_attempt_id'))
    )
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reviews_owner_code'), ['owner_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_reviews_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('face_templates',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('engine_id', sa.String(length=64), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('descriptor', sa.LargeBinary(), nullable=False),
    sa.Column('image_id', sa.Uuid(), nullable=True),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_face_templates_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['image_id'], ['evidence_images.id'], name=op.f('fk_face_templates_image_id_evidence_images')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_face_templates_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_face_templates'))
    )
    with op.batch_alter_table('face_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_face_templates_retiree_id'), ['retiree_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('face_templates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_face_templates_retiree_id'))

    op.drop_table('face_templates')
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reviews_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_reviews_owner_code'))

    op.drop_table('reviews')
    op.drop_table('frame_refusals')
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evidence_images_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_evidence_images_attempt_id'))

    op.drop_table('evidence_images')
    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certifications_retiree_id'))

    op.drop_table('certifications')
    op.drop_table('attempt_frames')
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempts_session_id'))
        batch_op.drop_index(batch_op.f('ix_attempts_retiree_id'))

    op.drop_table('attempts')
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('uq_tickets_open_retiree_id_kind', sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
        batch_op.drop_index(batch_op.f('ix_tickets_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_tickets_owner_code'))

    op.drop_table('tickets')
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consents_retiree_id'))

    op.drop_table('consents')
    with op.batch_alter_table('certification_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_sessions_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_certification_sessions_account_id'))

    op.drop_table('certification_sessions')
    with op.batch_alter_table('bindings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bindings_retiree_id'))
        batch_op.drop_index(batch_op.f('ix_bindings_account_id'))

    op.drop_table('bindings')
    with op.batch_alter_table('action_exclusions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_action_exclusions_retiree_id'))

    op.drop_table('action_exclusions')
    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_retirees_phone_index'))
        batch_op.drop_index(batch_op.f('ix_retirees_community_code'))
        batch_op.drop_index(batch_op.f('ix_retirees_agency_code'))

    op.drop_table('retirees')
    op.drop_table('vault_checks')
    with op.batch_alter_table('transitions', schema=None) as batch_op:
        batch_op.drop_index('ix_transitions_subject')

    op.drop_table('transitions')
    with op.batch_alter_table('regions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_regions_parent_code'))

    op.drop_table('regions')
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entries_subject')
        batch_op.drop_index(batch_op.f('ix_audit_entries_at'))

    op.drop_table('audit_entries')
    op.drop_table('accounts')
