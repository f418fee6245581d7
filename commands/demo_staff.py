"""Staff of a demonstration: one login a role, all with one known password and secret, hence never in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
from sqlalchemy import select

from casework.passwords import DEMONSTRATION_PASSWORD, hash_password
from casework.staff import add_staff
from commands.demo_people import CITY
from models import Region, Staff
from models.region import RegionLevel
from models.staff import StaffRole
from words.demo import DEMO_STAFF

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor

_TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - the same


def present_code(now: datetime) -> str:
    """Return the one-time password of every demonstration login at that moment."""
    return pyotp.TOTP(_TOTP_SECRET).at(now)


def add_demonstration_staff(session: Session, home: str, *, actor: Actor, now: datetime) -> list[Staff]:
    """Add the logins of a demonstration, around the community `home`; who is there already is left alone."""
    subdistrict, district = home[:9], home[:6]
    beside = session.scalars(
        select(Region.code)
        .where(Region.parent_code == subdistrict, Region.level == RegionLevel.COMMUNITY, Region.code != home)
        .order_by(Region.code)
        .limit(1)
    ).one()
    places = {
        "city": (StaffRole.CITY_OFFICER, CITY),
        "district": (StaffRole.DISTRICT_OFFICER, district),
        "agency": (StaffRole.AGENCY_OFFICER, district),
        "subdistrict": (StaffRole.SUBDISTRICT_OFFICER, subdistrict),
        "community": (StaffRole.COMMUNITY_WORKER, home),
        "community2": (StaffRole.COMMUNITY_WORKER, beside),
        "auditor": (StaffRole.AUDITOR, CITY),
    }
    known = {one.login: one for one in session.scalars(select(Staff).where(Staff.login.in_(places)))}
    for login, (role, region) in places.items():
        if login not in known:
            staff, _first = add_staff(
                session, None, login=login, name=DEMO_STAFF[login], role=role, region_code=region, actor=actor, now=now
            )
            staff.password_hash, staff.must_change_password = hash_password(DEMONSTRATION_PASSWORD), False
            staff.totp_secret = _TOTP_SECRET
            known[login] = staff
    return [known[login] for login in places]
