"""the city of Changsha and its nine districts and counties"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CITY = "430100"
NAMES = {
    CITY: "长沙市",
    "430102": "芙蓉区",
    "430103": "天心区",
    "430104": "岳麓区",
    "430105": "开福区",
    "430111": "雨花区",
    "430112": "望城区",
    "430121": "长沙县",
    "430181": "浏阳市",
    "430182": "宁乡市",
}

regions = sa.table(
    "regions",
    sa.column("code", sa.String),
    sa.column("level", sa.String),
    sa.column("name", sa.String),
    sa.column("parent_code", sa.String),
)


def upgrade() -> None:
    connection = op.get_bind()
    present = set(connection.scalars(sa.select(regions.c.code)))
    for code, name in NAMES.items():
        if code not in present:
            level, parent = ("city", None) if code == CITY else ("district", CITY)
            connection.execute(regions.insert().values(code=code, level=level, name=name, parent_code=parent))


def downgrade() -> None:
    # Subdistricts and people may refer to these rows, and the older code lives well with them: they stay.
    pass
