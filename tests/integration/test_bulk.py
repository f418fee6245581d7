from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, select, type_coerce

from models import Base, Staff
from models.bulk import insert_rows
from models.staff import StaffRole
from tests.cast import COMMUNITY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from tests.cast import Cast

_STAFF = Base.metadata.tables[Staff.__tablename__]


def test_rows_are_written_as_an_insert_writes_them(session: Session, cast: Cast, now: datetime) -> None:
    del cast
    rows = [
        {
            "login": f"worker{number}",
            "name": f"王小\t{number}\\N",
            "role": StaffRole.COMMUNITY_WORKER,
            "region_code": COMMUNITY,
            "password_hash": "",
            "locked_until": now if number else None,
            "created_at": now,
        }
        for number in range(3)
    ]
    insert_rows(session, _STAFF, rows)
    insert_rows(session, _STAFF, [])
    made = session.scalars(select(Staff).where(Staff.login.startswith("worker")).order_by(Staff.login)).all()
    assert [(one.login, one.name, one.role, one.locked_until) for one in made] == [
        (row["login"], row["name"], row["role"], row["locked_until"]) for row in rows
    ]
    assert len({one.id for one in made}) == len(rows), "defaults are made for each row"
    assert all((one.must_change_password, one.totp_step, one.totp_secret) == (True, 0, None) for one in made)
    sealed = session.scalars(select(type_coerce(_STAFF.c.name, LargeBinary))).all()
    assert all("王".encode() not in bytes(one) for one in sealed)
