"""pictures are found by the day on which they must be destroyed, pictures and reports by their life event"""

from __future__ import annotations

from alembic import op

from migrations.indexes import make_index

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_index('ix_evidence_images_destroy_on', 'evidence_images', ['destroy_on'])
    # of columns that 0011 added, and a migration that adds makes no index after that
    make_index('ix_evidence_images_life_event_id', 'evidence_images', ['life_event_id'])
    make_index('ix_reports_life_event_id', 'reports', ['life_event_id'])


def downgrade() -> None:
    op.drop_index('ix_reports_life_event_id', table_name='reports')
    op.drop_index('ix_evidence_images_life_event_id', table_name='evidence_images')
    op.drop_index('ix_evidence_images_destroy_on', table_name='evidence_images')
