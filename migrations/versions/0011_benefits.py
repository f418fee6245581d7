"""Life events, benefits, recoveries, leads, calls, night runs: who is paid next month, and why"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.indexes import make_index

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_index('ix_retirees_due_by_certified_until', 'retirees', ['due_by', 'certified_until'])
    if op.get_context().dialect.name == 'postgresql':
        # what is changed below, before anything is held: who comes in between would have one of these, and wait for another
        op.execute('LOCK TABLE retirees, reports, evidence_images')
    op.create_table('night_runs',
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.String(length=2000), nullable=False, comment='JSON: by step'),
    sa.PrimaryKeyConstraint('as_of', name=op.f('pk_night_runs'))
    )
    op.create_table('payment_months',
    sa.Column('month', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('file_name', sa.String(length=64), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('people', sa.Integer(), nullable=True),
    sa.Column('regular_cents', sa.BigInteger(), nullable=True),
    sa.Column('back_pay_cents', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('month', name=op.f('pk_payment_months'))
    )
    op.create_table('benefits',
    sa.Column('id', sa.Uuid(), nullable=False, comment="the retiree's"),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('first_month', sa.Integer(), nullable=False),
    sa.Column('last_month', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['retirees.id'], name=op.f('fk_benefits_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefits')),
    sa.UniqueConstraint('number', name=op.f('uq_benefits_number'))
    )
    with op.batch_alter_table('benefits', schema=None) as batch_op:
        batch_op.create_index('ix_benefits_first_month', ['first_month'], unique=False)
        batch_op.create_index('ix_benefits_status_number', ['status', 'number'], unique=False)
    op.create_table('calls',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('owner_code', sa.String(length=12), nullable=False),
    sa.Column('due_by', sa.Date(), nullable=False, comment='of the certification'),
    sa.Column('listed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('called_by_id', sa.Uuid(), nullable=True),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lapsed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['called_by_id'], ['staff.id'], name=op.f('fk_calls_called_by_id_staff')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_calls_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_calls_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls')),
    sa.UniqueConstraint('retiree_id', 'due_by', name=op.f('uq_calls_retiree_id_due_by'))
    )
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.create_index('ix_calls_waiting_owner_code', ['owner_code'], unique=False, sqlite_where=sa.text('called_at IS NULL AND lapsed_at IS NULL'), postgresql_where=sa.text('called_at IS NULL AND lapsed_at IS NULL'))
    op.create_table('life_events',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=True, comment='none: not found in the roster, staff look'),
    sa.Column('owner_code', sa.String(length=12), nullable=True, comment='who corroborates'),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('reported_by', sa.String(length=64), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False, comment='JSON: everything that was told'),
    sa.Column('report_by', sa.Date(), nullable=True),
    sa.Column('national_report_by', sa.Date(), nullable=True),
    sa.Column('is_late', sa.Boolean(), nullable=False, comment='told after report_by'),
    sa.Column('is_late_nationally', sa.Boolean(), nullable=False, comment='told after national_report_by'),
    sa.Column('is_declared', sa.Boolean(), nullable=False),
    sa.Column('rule_set', sa.String(length=32), nullable=False),
    sa.Column('corroborated_by_id', sa.Uuid(), nullable=True),
    sa.Column('corroborated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified_by_id', sa.Uuid(), nullable=True, comment='confirmed or rejected'),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finding', sa.LargeBinary(), nullable=True, comment='what staff found, in their words'),
    sa.Column('effect', sa.String(length=200), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=True, comment='the day on which a change with a day to come took effect'),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['corroborated_by_id'], ['staff.id'], name=op.f('fk_life_events_corroborated_by_id_staff')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_life_events_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_life_events_retiree_id_retirees')),
    sa.ForeignKeyConstraint(['reverses_id'], ['life_events.id'], name=op.f('fk_life_events_reverses_id_life_events')),
    sa.ForeignKeyConstraint(['verified_by_id'], ['staff.id'], name=op.f('fk_life_events_verified_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_life_events')),
    sa.UniqueConstraint('number', name=op.f('uq_life_events_number'))
    )
    with op.batch_alter_table('life_events', schema=None) as batch_op:
        batch_op.create_index('ix_life_events_owner_code_status', ['owner_code', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_life_events_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_life_events_reverses_id'), ['reverses_id'], unique=False)
        batch_op.create_index('ix_life_events_standing_kind_retiree_id', ['kind', 'retiree_id'], unique=False, sqlite_where=sa.text("status IN ('notified', 'corroborated', 'confirmed')"), postgresql_where=sa.text("status IN ('notified', 'corroborated', 'confirmed')"))
    op.create_table('benefit_actions',
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('agency_code', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=True),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('article', sa.String(length=16), nullable=False, comment='article and item of the regulation, as 32(1)'),
    sa.Column('rule_set', sa.String(length=32), nullable=False),
    sa.Column('legal_ground', sa.LargeBinary(), nullable=True),
    sa.Column('began_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('life_event_id', sa.Uuid(), nullable=True),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=True),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=True, comment='none: the system'),
    sa.Column('proposed_on', sa.Date(), nullable=False, comment='what one day proposed of one kind is decided together'),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('month', sa.Integer(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_code'], ['regions.code'], name=op.f('fk_benefit_actions_agency_code_regions')),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_benefit_actions_benefit_id_benefits')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['staff.id'], name=op.f('fk_benefit_actions_decided_by_id_staff')),
    sa.ForeignKeyConstraint(['life_event_id'], ['life_events.id'], name=op.f('fk_benefit_actions_life_event_id_life_events')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['staff.id'], name=op.f('fk_benefit_actions_proposed_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefit_actions'))
    )
    with op.batch_alter_table('benefit_actions', schema=None) as batch_op:
        batch_op.create_index('ix_benefit_actions_agency_code_status_proposed_on', ['agency_code', 'status', 'proposed_on'], unique=False)
        batch_op.create_index('ix_benefit_actions_benefit_id', ['benefit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_benefit_actions_life_event_id'), ['life_event_id'], unique=False)
        batch_op.create_index('ix_benefit_actions_month_status', ['month', 'status'], unique=False)
        batch_op.create_index('uq_benefit_actions_waiting_benefit_id_kind', ['benefit_id', 'kind'], unique=True, sqlite_where=sa.text("status = 'proposed' AND reason IS NULL"), postgresql_where=sa.text("status = 'proposed' AND reason IS NULL"))
        batch_op.create_index('uq_benefit_actions_waiting_benefit_id_kind_reason', ['benefit_id', 'kind', 'reason'], unique=True, sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))
    op.create_table('benefit_amounts',
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('from_month', sa.Integer(), nullable=False),
    sa.Column('until_month', sa.Integer(), nullable=True, comment='the last one; none: in force'),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_benefit_amounts_benefit_id_benefits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefit_amounts')),
    sa.UniqueConstraint('benefit_id', 'from_month', name=op.f('uq_benefit_amounts_benefit_id_from_month'))
    )
    op.create_table('overpayments',
    sa.Column('number', sa.String(length=48), nullable=False),
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('agency_code', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('from_month', sa.Integer(), nullable=False),
    sa.Column('until_month', sa.Integer(), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.Column('finding', sa.LargeBinary(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_by', sa.Date(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('referred_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_code'], ['regions.code'], name=op.f('fk_overpayments_agency_code_regions')),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_overpayments_benefit_id_benefits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_overpayments')),
    sa.UniqueConstraint('number', name=op.f('uq_overpayments_number'))
    )
    with op.batch_alter_table('overpayments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_overpayments_benefit_id'), ['benefit_id'], unique=False)
        batch_op.create_index('ix_overpayments_status_due_by', ['status', 'due_by'], unique=False)
        batch_op.create_index('uq_overpayments_open_benefit_id', ['benefit_id'], unique=True, sqlite_where=sa.text("status IN ('investigating', 'claimed', 'referred')"), postgresql_where=sa.text("status IN ('investigating', 'claimed', 'referred')"))
    op.create_table('responsibilities',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('owner_code', sa.String(length=12), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('life_event_id', sa.Uuid(), nullable=True),
    sa.Column('set_by', sa.String(length=64), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False, comment='counts the rows of a person: of two of one moment the later one'),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['life_event_id'], ['life_events.id'], name=op.f('fk_responsibilities_life_event_id_life_events')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_responsibilities_owner_code_regions')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_responsibilities_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_responsibilities'))
    )
    with op.batch_alter_table('responsibilities', schema=None) as batch_op:
        batch_op.create_index('ix_responsibilities_retiree_id_from_on', ['retiree_id', 'from_on'], unique=False)
    op.create_table('back_pay_lines',
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('action_id', sa.Uuid(), nullable=False),
    sa.Column('for_month', sa.Integer(), nullable=False),
    sa.Column('pay_month', sa.Integer(), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.Column('void_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['benefit_actions.id'], name=op.f('fk_back_pay_lines_action_id_benefit_actions')),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_back_pay_lines_benefit_id_benefits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_back_pay_lines'))
    )
    with op.batch_alter_table('back_pay_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_back_pay_lines_action_id'), ['action_id'], unique=False)
        batch_op.create_index('ix_back_pay_lines_benefit_id', ['benefit_id'], unique=False)
        batch_op.create_index('ix_back_pay_lines_pay_month', ['pay_month'], unique=False)
    op.create_table('benefit_reasons',
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('legal_ground', sa.LargeBinary(), nullable=True),
    sa.Column('began_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_action_id', sa.Uuid(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_action_id', sa.Uuid(), nullable=True),
    sa.Column('void_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('void_action_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_benefit_reasons_benefit_id_benefits')),
    sa.ForeignKeyConstraint(['end_action_id'], ['benefit_actions.id'], name=op.f('fk_benefit_reasons_end_action_id_benefit_actions')),
    sa.ForeignKeyConstraint(['set_action_id'], ['benefit_actions.id'], name=op.f('fk_benefit_reasons_set_action_id_benefit_actions')),
    sa.ForeignKeyConstraint(['void_action_id'], ['benefit_actions.id'], name=op.f('fk_benefit_reasons_void_action_id_benefit_actions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefit_reasons'))
    )
    with op.batch_alter_table('benefit_reasons', schema=None) as batch_op:
        batch_op.create_index('ix_benefit_reasons_benefit_id', ['benefit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_benefit_reasons_set_action_id'), ['set_action_id'], unique=False)
        batch_op.create_index('uq_benefit_reasons_standing_benefit_id_kind', ['benefit_id', 'kind'], unique=True, sqlite_where=sa.text('ended_at IS NULL AND void_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL AND void_at IS NULL'))
    op.create_table('benefit_stops',
    sa.Column('benefit_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False, comment='suspended or terminated'),
    sa.Column('from_month', sa.Integer(), nullable=False),
    sa.Column('until_month', sa.Integer(), nullable=True, comment='the last one; none: it goes on'),
    sa.Column('action_id', sa.Uuid(), nullable=False),
    sa.Column('end_action_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['benefit_actions.id'], name=op.f('fk_benefit_stops_action_id_benefit_actions')),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefits.id'], name=op.f('fk_benefit_stops_benefit_id_benefits')),
    sa.ForeignKeyConstraint(['end_action_id'], ['benefit_actions.id'], name=op.f('fk_benefit_stops_end_action_id_benefit_actions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefit_stops'))
    )
    with op.batch_alter_table('benefit_stops', schema=None) as batch_op:
        batch_op.create_index('ix_benefit_stops_benefit_id', ['benefit_id'], unique=False)
        batch_op.create_index('ix_benefit_stops_from_month', ['from_month'], unique=False)
        batch_op.create_index('ix_benefit_stops_until_month', ['until_month'], unique=False)
        batch_op.create_index('uq_benefit_stops_open_benefit_id', ['benefit_id'], unique=True, sqlite_where=sa.text('until_month IS NULL'), postgresql_where=sa.text('until_month IS NULL'))
    op.create_table('instalments',
    sa.Column('overpayment_id', sa.Uuid(), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('written_by_id', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['overpayment_id'], ['overpayments.id'], name=op.f('fk_instalments_overpayment_id_overpayments')),
    sa.ForeignKeyConstraint(['written_by_id'], ['staff.id'], name=op.f('fk_instalments_written_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instalments')),
    sa.UniqueConstraint('reference', name=op.f('uq_instalments_reference'))
    )
    with op.batch_alter_table('instalments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instalments_overpayment_id'), ['overpayment_id'], unique=False)
    op.create_table('leads',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=True),
    sa.Column('agency_code', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('teller', sa.LargeBinary(), nullable=True, comment='JSON: account, phone'),
    sa.Column('finding', sa.LargeBinary(), nullable=True),
    sa.Column('overpayment_id', sa.Uuid(), nullable=True),
    sa.Column('reward_cents', sa.BigInteger(), nullable=True),
    sa.Column('reward_decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_code'], ['regions.code'], name=op.f('fk_leads_agency_code_regions')),
    sa.ForeignKeyConstraint(['overpayment_id'], ['overpayments.id'], name=op.f('fk_leads_overpayment_id_overpayments')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_leads_report_id_reports')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_leads_retiree_id_retirees')),
    sa.ForeignKeyConstraint(['reward_decided_by_id'], ['staff.id'], name=op.f('fk_leads_reward_decided_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leads')),
    sa.UniqueConstraint('report_id', name=op.f('uq_leads_report_id'))
    )
    with op.batch_alter_table('leads', schema=None) as batch_op:
        batch_op.create_index('ix_leads_agency_code_status', ['agency_code', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_leads_retiree_id'), ['retiree_id'], unique=False)
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.add_column(sa.Column('life_event_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_evidence_images_life_event_id_life_events'), 'life_events', ['life_event_id'], ['id'])
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.add_column(sa.Column('life_event_id', sa.Uuid(), nullable=True, comment='the record that it became part of'))
        batch_op.create_foreign_key(batch_op.f('fk_reports_life_event_id_life_events'), 'life_events', ['life_event_id'], ['id'])
    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lives_abroad', sa.Boolean(), server_default=sa.text('(false)'), nullable=False, comment='reminded by way of the consulate (Art. 16(3))'))



def downgrade() -> None:
    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.drop_index('ix_retirees_due_by_certified_until')
        batch_op.drop_column('lives_abroad')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_reports_life_event_id_life_events'), type_='foreignkey')
        batch_op.drop_column('life_event_id')
    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_evidence_images_life_event_id_life_events'), type_='foreignkey')
        batch_op.drop_column('life_event_id')
    op.drop_table('leads')
    op.drop_table('instalments')
    op.drop_table('benefit_stops')
    op.drop_table('benefit_reasons')
    op.drop_table('back_pay_lines')
    op.drop_table('responsibilities')
    op.drop_table('overpayments')
    op.drop_table('benefit_amounts')
    op.drop_table('benefit_actions')
    op.drop_table('life_events')
    op.drop_table('calls')
    op.drop_table('benefits')
    op.drop_table('payment_months')
    op.drop_table('night_runs')
