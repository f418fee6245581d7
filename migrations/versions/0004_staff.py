"""Staff, their tickets, visits and figures; where each retiree stands, for lists of two million"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('figure_counts',
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_figure_counts'))
    )
    op.create_table('region_figures',
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('bucket', sa.String(length=48), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', 'year', 'name', 'bucket', name=op.f('pk_region_figures'))
    )
    with op.batch_alter_table('region_figures', schema=None) as batch_op:
        batch_op.create_index('ix_region_figures_year_name_code', ['year', 'name', 'code'], unique=False)

    op.create_table('staff',
    sa.Column('login', sa.String(length=32), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('password_hash', sa.String(length=128), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('totp_secret', sa.LargeBinary(), nullable=True),
    sa.Column('totp_step', sa.Integer(), nullable=False),
    sa.Column('failed_logins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['region_code'], ['regions.code'], name=op.f('fk_staff_region_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
    sa.UniqueConstraint('login', name=op.f('uq_staff_login'))
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_region_code'), ['region_code'], unique=False)

    op.create_table('address_tokens',
    sa.Column('token', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_address_tokens_retiree_id_retirees')),
    sa.PrimaryKeyConstraint('token', 'retiree_id', name=op.f('pk_address_tokens'))
    )
    with op.batch_alter_table('address_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_address_tokens_retiree_id'), ['retiree_id'], unique=False)

    op.create_table('living_marks',
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('set_by_id', sa.Uuid(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_living_marks_retiree_id_retirees')),
    sa.ForeignKeyConstraint(['set_by_id'], ['staff.id'], name=op.f('fk_living_marks_set_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_living_marks'))
    )
    with op.batch_alter_table('living_marks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_living_marks_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index('uq_living_marks_standing_retiree_id_kind', ['retiree_id', 'kind'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('staff_sessions',
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('token_index', sa.String(length=64), nullable=False),
    sa.Column('proven', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_sessions_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_sessions')),
    sa.UniqueConstraint('token_index', name=op.f('uq_staff_sessions_token_index'))
    )
    with op.batch_alter_table('staff_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_sessions_staff_id'), ['staff_id'], unique=False)

    op.create_table('staff_notices',
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_notices_staff_id_staff')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_staff_notices_ticket_id_tickets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_notices'))
    )
    with op.batch_alter_table('staff_notices', schema=None) as batch_op:
        batch_op.create_index('ix_staff_notices_staff_id_seen_at', ['staff_id', 'seen_at'], unique=False)

    op.create_table('ticket_notes',
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('is_answer', sa.Boolean(), nullable=False, comment='told to whoever asked'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_ticket_notes_staff_id_staff')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_notes_ticket_id_tickets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_notes'))
    )
    with op.batch_alter_table('ticket_notes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_notes_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('visits',
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('retiree_id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('content_index', sa.String(length=64), nullable=False, comment='keyed digest of what was sent'),
    sa.Column('place', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('position', sa.LargeBinary(), nullable=True, comment='latitude,longitude,accuracy: degrees of WGS 84, metres'),
    sa.Column('id_digits_match', sa.Boolean(), nullable=True, comment="the identity card's last digits; none: no card seen"),
    sa.Column('engine_id', sa.String(length=64), nullable=True),
    sa.Column('verdict', sa.String(length=32), nullable=True),
    sa.Column('distance', sa.Double(), nullable=True),
    sa.Column('judgement', sa.String(length=32), nullable=True),
    sa.Column('needs_judgement', sa.Boolean(), nullable=False),
    sa.Column('signer', sa.String(length=32), nullable=True),
    sa.Column('notes', sa.LargeBinary(), nullable=True),
    sa.Column('next_visit_on', sa.Date(), nullable=True),
    sa.Column('certification_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['certification_id'], ['certifications.id'], name=op.f('fk_visits_certification_id_certifications')),
    sa.ForeignKeyConstraint(['retiree_id'], ['retirees.id'], name=op.f('fk_visits_retiree_id_retirees')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_visits_staff_id_staff')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_visits_ticket_id_tickets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits'))
    )
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visits_retiree_id'), ['retiree_id'], unique=False)
        batch_op.create_index('ix_visits_staff_id_received_at', ['staff_id', 'received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_visits_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('visit_checks',
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('owner_code', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('checked_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['checked_by_id'], ['staff.id'], name=op.f('fk_visit_checks_checked_by_id_staff')),
    sa.ForeignKeyConstraint(['owner_code'], ['regions.code'], name=op.f('fk_visit_checks_owner_code_regions')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_checks_visit_id_visits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_checks')),
    sa.UniqueConstraint('visit_id', name=op.f('uq_visit_checks_visit_id'))
    )
    with op.batch_alter_table('visit_checks', schema=None) as batch_op:
        batch_op.create_index('ix_visit_checks_owner_code_status', ['owner_code', 'status'], unique=False)

    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entries_actor_name_at', ['actor_name', 'at'], unique=False)

    with op.batch_alter_table('certification_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner_code', sa.String(length=12), nullable=True, comment='who looked after the person; for figures'))
        batch_op.add_column(sa.Column('age_group', sa.String(length=8), nullable=True, comment='five years wide; for figures'))
        batch_op.add_column(sa.Column('sex', sa.String(length=8), nullable=True, comment='for figures'))
        batch_op.add_column(sa.Column('phone', sa.String(length=32), nullable=True, comment='kind of phone and version; for figures'))
        batch_op.create_index(batch_op.f('ix_certification_sessions_created_at'), ['created_at'], unique=False)
        batch_op.create_index('ix_certification_sessions_owner_code_created_at', ['owner_code', 'created_at'], unique=False)

    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True, comment='a second person found that it should not be'))
        batch_op.add_column(sa.Column('revoked_reason', sa.String(length=64), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_certifications_retiree_id_period'), type_='unique')
        batch_op.create_index('uq_certifications_standing_retiree_id_period', ['retiree_id', 'period'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.add_column(sa.Column('visit_id', sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f('ix_evidence_images_visit_id'), ['visit_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_evidence_images_visit_id_visits'), 'visits', ['visit_id'], ['id'])

    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name_index', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('initials_index', sa.String(length=64), nullable=True, comment='of the name in pinyin'))
        batch_op.add_column(sa.Column('position', sa.LargeBinary(), nullable=True, comment='latitude,longitude of the home in degrees, WGS 84'))
        batch_op.add_column(sa.Column('group_name', sa.String(length=32), nullable=True, comment='the group within the community (Art. 19)'))
        batch_op.add_column(sa.Column('owner_code', sa.String(length=12), nullable=True, comment='the region that looks after this person (Art. 12(1))'))
        batch_op.add_column(sa.Column('certified_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('certified_by', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('due_by', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_retirees_initials_index'), ['initials_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_retirees_name_index'), ['name_index'], unique=False)
        batch_op.create_index('ix_retirees_owner_code_certified_until', ['owner_code', 'certified_until'], unique=False)
        batch_op.create_index('ix_retirees_owner_code_due_by', ['owner_code', 'due_by'], unique=False)

    _fill_standing()
    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.alter_column('due_by', existing_type=sa.Date(), nullable=False)
        batch_op.alter_column('owner_code', existing_type=sa.String(length=12), nullable=False)
        batch_op.create_check_constraint('owner_code', 'owner_code = coalesce(community_code, agency_code)')

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('report_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('escalated_to', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('assignee_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('is_urgent', sa.Boolean(), nullable=False, server_default=sa.false(), comment='served first: how the person lives (Art. 25(1))'))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('scheduled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f('ix_tickets_owner_code'))
        batch_op.drop_index('uq_tickets_open_retiree_id_kind')
        batch_op.create_index('ix_tickets_assignee_id_status', ['assignee_id', 'status'], unique=False)
        batch_op.create_index('ix_tickets_owner_code_closed_at', ['owner_code', 'closed_at'], unique=False)
        batch_op.create_index('ix_tickets_standing_due_by', ['due_by'], unique=False, sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.create_index('ix_tickets_standing_owner_code_due_by', ['owner_code', 'due_by'], unique=False, sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.create_index('uq_tickets_standing_retiree_id_kind', ['retiree_id', 'kind'], unique=True, sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.create_foreign_key(batch_op.f('fk_tickets_escalated_to_regions'), 'regions', ['escalated_to'], ['code'])
        batch_op.create_foreign_key(batch_op.f('fk_tickets_report_id_reports'), 'reports', ['report_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_tickets_assignee_id_staff'), 'staff', ['assignee_id'], ['id'])

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('is_urgent', existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column('version', existing_type=sa.Integer(), server_default=None)


def _fill_standing() -> None:
    """Repeat on each retiree what the last certification says; `flask people index` does so by the clock in use."""
    op.execute("UPDATE retirees SET owner_code = coalesce(community_code, agency_code)")
    is_sqlite = op.get_context().dialect.name == "sqlite"
    certified = "SELECT {} FROM certifications c WHERE c.retiree_id = retirees.id ORDER BY c.valid_until DESC LIMIT 1"
    for column, source in (("certified_until", "valid_until"), ("certified_by", "channel"), ("due_by", "next_due_by")):
        op.execute(f"UPDATE retirees SET {column} = ({certified.format('c.' + source)})")
    first = (
        "strftime('%Y', max(entitled_from, date(created_at, '+8 hours'))) || '-12-31'"
        if is_sqlite
        else "make_date(extract(year from greatest(entitled_from, (created_at at time zone 'Asia/Shanghai')::date))::int,"
        " 12, 31)"
    )
    op.execute(f"UPDATE retirees SET due_by = {first} WHERE due_by IS NULL")


def downgrade() -> None:
    # what the code before knows: no revoked certification, and tickets that are open or ended
    op.execute("UPDATE visits SET certification_id = NULL")
    op.execute("DELETE FROM certifications WHERE revoked_at IS NOT NULL")
    op.execute("UPDATE tickets SET status = 'open' WHERE status NOT IN ('open', 'done', 'cancelled')")
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_tickets_assignee_id_staff'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_tickets_report_id_reports'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_tickets_escalated_to_regions'), type_='foreignkey')
        batch_op.drop_index('uq_tickets_standing_retiree_id_kind', sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.drop_index('ix_tickets_standing_owner_code_due_by', sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.drop_index('ix_tickets_standing_due_by', sqlite_where=sa.text("status NOT IN ('done', 'cancelled')"), postgresql_where=sa.text("status NOT IN ('done', 'cancelled')"))
        batch_op.drop_index('ix_tickets_owner_code_closed_at')
        batch_op.drop_index('ix_tickets_assignee_id_status')
        batch_op.create_index('uq_tickets_open_retiree_id_kind', ['retiree_id', 'kind'], unique=True, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
        batch_op.create_index(batch_op.f('ix_tickets_owner_code'), ['owner_code'], unique=False)
        batch_op.drop_column('closed_at')
        batch_op.drop_column('reminded_at')
        batch_op.drop_column('scheduled_at')
        batch_op.drop_column('version')
        batch_op.drop_column('is_urgent')
        batch_op.drop_column('assignee_id')
        batch_op.drop_column('escalated_to')
        batch_op.drop_column('report_id')

    with op.batch_alter_table('retirees', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_retirees_owner_code'), type_='check')
        batch_op.drop_index('ix_retirees_owner_code_due_by')
        batch_op.drop_index('ix_retirees_owner_code_certified_until')
        batch_op.drop_index(batch_op.f('ix_retirees_name_index'))
        batch_op.drop_index(batch_op.f('ix_retirees_initials_index'))
        batch_op.drop_column('due_by')
        batch_op.drop_column('certified_by')
        batch_op.drop_column('certified_until')
        batch_op.drop_column('owner_code')
        batch_op.drop_column('group_name')
        batch_op.drop_column('position')
        batch_op.drop_column('initials_index')
        batch_op.drop_column('name_index')

    with op.batch_alter_table('evidence_images', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_evidence_images_visit_id_visits'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_evidence_images_visit_id'))
        batch_op.drop_column('visit_id')

    with op.batch_alter_table('certifications', schema=None) as batch_op:
        batch_op.drop_index('uq_certifications_standing_retiree_id_period', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_certifications_retiree_id_period'), ['retiree_id', 'period'])
        batch_op.drop_column('revoked_reason')
        batch_op.drop_column('revoked_at')

    with op.batch_alter_table('certification_sessions', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_sessions_owner_code_created_at')
        batch_op.drop_index(batch_op.f('ix_certification_sessions_created_at'))
        batch_op.drop_column('phone')
        batch_op.drop_column('sex')
        batch_op.drop_column('age_group')
        batch_op.drop_column('owner_code')

    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entries_actor_name_at')

    with op.batch_alter_table('visit_checks', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_checks_owner_code_status')

    op.drop_table('visit_checks')
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visits_ticket_id'))
        batch_op.drop_index('ix_visits_staff_id_received_at')
        batch_op.drop_index(batch_op.f('ix_visits_retiree_id'))

    op.drop_table('visits')
    with op.batch_alter_table('ticket_notes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_notes_ticket_id'))

    op.drop_table('ticket_notes')
    with op.batch_alter_table('staff_notices', schema=None) as batch_op:
        batch_op.drop_index('ix_staff_notices_staff_id_seen_at')

    op.drop_table('staff_notices')
    with op.batch_alter_table('staff_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_sessions_staff_id'))

    op.drop_table('staff_sessions')
    with op.batch_alter_table('living_marks', schema=None) as batch_op:
        batch_op.drop_index('uq_living_marks_standing_retiree_id_kind', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_living_marks_retiree_id'))

    op.drop_table('living_marks')
    with op.batch_alter_table('address_tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_address_tokens_retiree_id'))

    op.drop_table('address_tokens')
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_region_code'))

    op.drop_table('staff')
    with op.batch_alter_table('region_figures', schema=None) as batch_op:
        batch_op.drop_index('ix_region_figures_year_name_code')

    op.drop_table('region_figures')
    op.drop_table('figure_counts')
