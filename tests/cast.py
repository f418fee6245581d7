"""Named people with stated rights. All are invented; their numbers have the right check digits and no owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models import Account, Binding, Region
from models.account import AccountKind, Confirmation, Relation
from models.region import RegionLevel
from models.types import installed_vault
from tests.factories.retirees import make_id_number, make_retiree

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Retiree

DISTRICT = "430102"
OTHER_DISTRICT = "430104"
SUBDISTRICT = "430102991"
COMMUNITY = "430102991001"
OTHER_COMMUNITY = "430102991002"


@dataclass(frozen=True)
class Cast:
    """Who is there.

    old_zhou: 86, bed-ridden, no phone, of the first community; only his daughter may act for him.
    daughter: an account bound to him as a relative.
    nephew: an account that was bound to him once and is no longer.
    grandma_li: 72, of the second community, does everything herself.
    grandma_li_account: her own account.
    far_chen: lives in another province; the district's agency keeps him.
    stranger: an account bound to nobody.
    """

    old_zhou: Retiree
    daughter: Account
    nephew: Account
    grandma_li: Retiree
    grandma_li_account: Account
    far_chen: Retiree
    stranger: Account


def call_cast(session: Session, *, now: datetime) -> Cast:
    """Add everybody, and the communities they live in."""
    _add_regions(session)
    old_zhou = make_retiree(
        session,
        name="周守田",
        id_number=make_id_number(birthday=date(1938, 11, 2), serial=531),
        phone=None,
        community_code=COMMUNITY,
    )
    grandma_li = make_retiree(
        session,
        name="李桂香",
        id_number=make_id_number(birthday=date(1952, 6, 18), serial=422),
        phone="13900000001",
        community_code=OTHER_COMMUNITY,
    )
    far_chen = make_retiree(
        session,
        name="陈远行",
        id_number=make_id_number(birthday=date(1949, 1, 30), serial=713),
        phone="13900000002",
        agency_code=OTHER_DISTRICT,
    )
    daughter, nephew, li, stranger = (
        add_account(session, name, now) for name in ("daughter", "nephew", "grandma_li", "stranger")
    )
    bind(session, daughter, old_zhou, Relation.DIRECT_RELATIVE, now)
    bind(session, nephew, old_zhou, Relation.DIRECT_RELATIVE, now).ended_at = now
    bind(session, li, grandma_li, Relation.SELF, now)
    session.flush()
    return Cast(old_zhou, daughter, nephew, grandma_li, li, far_chen, stranger)


def _add_regions(session: Session) -> None:
    for code, level, name, parent in (
        (SUBDISTRICT, RegionLevel.SUBDISTRICT, "长青街道", DISTRICT),
        (COMMUNITY, RegionLevel.COMMUNITY, "银杏社区", SUBDISTRICT),
        (OTHER_COMMUNITY, RegionLevel.COMMUNITY, "桂花社区", SUBDISTRICT),
    ):
        session.add(Region(code=code, level=level, name=name, parent_code=parent, telephone="0731-00000000"))
        session.flush()


def add_account(session: Session, name: str, now: datetime) -> Account:
    account = Account(
        kind=AccountKind.DEVELOPMENT,
        identity_index=installed_vault().blind_index(name, "accounts.identity"),
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account


def bind(session: Session, account: Account, retiree: Retiree, relation: Relation, now: datetime) -> Binding:
    binding = Binding(
        account_id=account.id,
        retiree_id=retiree.id,
        relation=relation,
        created_at=now,
        confirmed_at=now,
        confirmed_by=Confirmation.OPERATOR,
    )
    session.add(binding)
    return binding
