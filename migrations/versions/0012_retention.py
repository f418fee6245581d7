"""pictures are found by the day on which they must be destroyed"""

from __future__ import annotations

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_evidence_images_destroy_on', 'evidence_images', ['destroy_on'])


def downgrade() -> None:
    op.drop_index('ix_evidence_images_destroy_on', table_name='evidence_images')
