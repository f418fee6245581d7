"""Staff for tests: of every role, and browsers that have logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from api.guards import STAFF_COOKIE
from casework.passwords import hash_password
from models import Staff, StaffSession
from models.staff import StaffRole
from models.types import installed_vault
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY, OTHER_DISTRICT, SUBDISTRICT

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from models.session import Transactions

CITY = "430100"
PASSWORD = "a long one for tests"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# `worker` looks after the community of old Zhou, `neighbour` after the one beside it; `far_*` work in another district.
PLACES = {
    "city": (StaffRole.CITY_OFFICER, CITY),
    "district": (StaffRole.DISTRICT_OFFICER, DISTRICT),
    "agency": (StaffRole.AGENCY_OFFICER, DISTRICT),
    "subdistrict": (StaffRole.SUBDISTRICT_OFFICER, SUBDISTRICT),
    "worker": (StaffRole.COMMUNITY_WORKER, COMMUNITY),
    "colleague": (StaffRole.COMMUNITY_WORKER, COMMUNITY),
    "neighbour": (StaffRole.COMMUNITY_WORKER, OTHER_COMMUNITY),
    "auditor": (StaffRole.AUDITOR, CITY),
    "far_district": (StaffRole.DISTRICT_OFFICER, OTHER_DISTRICT),
    "far_agency": (StaffRole.AGENCY_OFFICER, OTHER_DISTRICT),
    "far_auditor": (StaffRole.AUDITOR, OTHER_DISTRICT),
}


def add_staff_cast(session: Session, names: tuple[str, ...] = tuple(PLACES)) -> dict[str, Staff]:
    """Add members of staff by their names in PLACES."""
    made = {}
    for name in names:
        role, region_code = PLACES[name]
        made[name] = Staff(
            login=name.replace("_", "."),
            name=f"工作人员{name}",
            role=role,
            region_code=region_code,
            password_hash=_hash(),
            must_change_password=False,
            totp_secret=SECRET,
            totp_step=1,
            created_at=datetime(2025, 1, 1, tzinfo=UTC),
        )
        session.add(made[name])
    session.flush()
    return made


@dataclass
class Desk:
    """A browser in which one member of staff has logged in."""

    client: FlaskClient
    staff: Staff
    csrf: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/staff{path}")

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(f"/staff{path}", data={"csrf": self.csrf, **fields})

    def send(self, path: str, told: dict[str, Any]) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return self.client.post(f"/staff{path}", json=told, headers=headers)


def sit_down(app: Flask, transactions: Transactions, staff: Staff, now: datetime) -> Desk:
    """Log in without the password: a session row and its cookie, as a whole login leaves them."""
    token = uuid4().hex
    vault = installed_vault()
    with transactions() as session:
        session.add(
            StaffSession(
                staff_id=staff.id,
                token_index=vault.blind_index(token, "staff_sessions.token"),
                proven=True,
                created_at=now,
                last_seen_at=now,
            )
        )
    client = app.test_client()
    client.set_cookie(STAFF_COOKIE, token, path="/staff")
    return Desk(client, staff, vault.blind_index(token, "staff.csrf")[:32])


_made: list[str] = []


def _hash() -> str:
    """Return one hash for all of them: argon2 takes a tenth of a second."""
    if not _made:
        _made.append(hash_password(PASSWORD))
    return _made[0]
