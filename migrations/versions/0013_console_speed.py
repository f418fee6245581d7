"""the indexes by which the console finds people by name, lists what is due first, and counts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.indexes import drop_index, make_index

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_STANDING = "status NOT IN ('done', 'cancelled')"
_OPEN = "status = 'open'"


def upgrade() -> None:
    make_index('ix_retirees_name_index_owner_code', 'retirees', ['name_index', 'owner_code'])
    make_index('ix_retirees_initials_index_owner_code', 'retirees', ['initials_index', 'owner_code'])
    make_index('ix_retirees_counted', 'retirees', ['owner_code', 'due_by', 'certified_until', 'certified_by'])
    drop_index('ix_retirees_owner_code_due_by', 'retirees')
    drop_index('ix_retirees_name_index', 'retirees')
    drop_index('ix_retirees_initials_index', 'retirees')
    make_index('ix_tickets_standing_due_by_id', 'tickets', ['due_by', 'id'], _STANDING)
    drop_index('ix_tickets_standing_due_by', 'tickets')
    make_index(
        'ix_tickets_standing_assignee_id_kind_is_urgent_due_by_id',
        'tickets',
        ['assignee_id', 'kind', 'is_urgent', 'due_by', 'id'],
        _STANDING,
    )
    make_index('ix_reviews_open_due_by_created_at', 'reviews', ['due_by', 'created_at'], _OPEN)
    make_index('ix_visit_checks_open_created_at', 'visit_checks', ['created_at'], _OPEN)


def downgrade() -> None:
    op.drop_index('ix_visit_checks_open_created_at', table_name='visit_checks')
    op.drop_index('ix_reviews_open_due_by_created_at', table_name='reviews')
    op.drop_index('ix_tickets_standing_assignee_id_kind_is_urgent_due_by_id', table_name='tickets')
    standing = sa.text(_STANDING)
    op.create_index('ix_tickets_standing_due_by', 'tickets', ['due_by'], unique=False, sqlite_where=standing, postgresql_where=standing)
    op.drop_index('ix_tickets_standing_due_by_id', table_name='tickets')
    op.create_index('ix_retirees_owner_code_due_by', 'retirees', ['owner_code', 'due_by'], unique=False)
    op.drop_index('ix_retirees_counted', table_name='retirees')
    op.create_index('ix_retirees_initials_index', 'retirees', ['initials_index'], unique=False)
    op.create_index('ix_retirees_name_index', 'retirees', ['name_index'], unique=False)
    op.drop_index('ix_retirees_initials_index_owner_code', table_name='retirees')
    op.drop_index('ix_retirees_name_index_owner_code', table_name='retirees')
