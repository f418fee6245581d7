"""The town of the simulated year: its regions, staff and people with their pensions and accounts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from benchmarks.year_lives import Life, draw_life
from commands.demo_people import invent_people, invent_places
from models import Account, Base, Benefit, BenefitAmount, Binding, PaymentMonth, Region, Retiree, Staff
from models.account import AccountKind, Confirmation, Relation
from models.benefit import BenefitStatus
from models.certification import Channel
from models.retiree import InsuredKind
from models.staff import StaffRole
from policy.months import month_of

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from models.session import Transactions

CITY = "430100"


def settle(
    transactions: Transactions, random: Random, retirees: int, seed: int, *, year: int, now: datetime
) -> tuple[list[Life], dict[str, Staff]]:
    """Write everybody into the database, certified until the end of the year before; return them and the staff."""
    lives = []
    with transactions() as session:
        for region in invent_places(retirees):
            session.add(Region(code=region.code, level=region.level, name=region.name, parent_code=region.parent_code))
            session.flush()
        for name, role in (
            ("worker", StaffRole.CITY_OFFICER),
            ("first", StaffRole.CITY_OFFICER),
            ("second", StaffRole.CITY_OFFICER),
        ):
            session.add(
                Staff(login=name, name=name, role=role, region_code=CITY, password_hash="-", created_at=now)  # noqa: S106
            )
        session.add(PaymentMonth(month=month_of(date(year, 1, 1))))
        session.flush()
        staff = {one.login: one for one in session.scalars(select(Staff))}
        people, accounts, bindings, benefits, amounts = [], [], [], [], []
        for place, row in enumerate(invent_people(retirees, seed)):
            life = draw_life(random, place, year)
            lives.append(life)
            people.append(
                {
                    "id": life.id,
                    "id_number": row.identity.text,
                    "id_number_index": f"{place:064d}",
                    "name": row.name,
                    "phone": row.phone,
                    "community_code": row.community_code,
                    "agency_code": row.agency_code,
                    "owner_code": row.community_code,
                    "insured_kind": InsuredKind.ENTERPRISE,
                    "entitled_from": date(2015, 1, 1),
                    "due_by": date(year, 12, 31),
                    "is_demonstration": True,
                    "created_at": now,
                    "certified_until": date(year - 1, 12, 31),
                    "certified_by": Channel.SELF_SERVICE,
                }
            )
            benefits.append(
                {
                    "id": life.id,
                    "number": life.number,
                    "status": BenefitStatus.PAID,
                    "first_month": month_of(date(year, 1, 1)),
                    "created_at": now,
                }
            )
            amounts.append({"benefit_id": life.id, "from_month": month_of(date(year, 1, 1)), "cents": life.cents})
            if life.has_account:
                accounts.append(
                    {
                        "id": life.id,
                        "kind": AccountKind.WECHAT,
                        "identity_index": f"{place:064d}",
                        "openid": f"o{place}",
                        "created_at": now,
                    }
                )
                bindings.append(
                    {
                        "account_id": life.id,
                        "retiree_id": life.id,
                        "relation": Relation.SELF,
                        "created_at": now,
                        "confirmed_at": now,
                        "confirmed_by": Confirmation.FACE,
                    }
                )
        for table, rows in (
            (Retiree, people),
            (Account, accounts),
            (Binding, bindings),
            (Benefit, benefits),
            (BenefitAmount, amounts),
        ):
            session.execute(insert(Base.metadata.tables[table.__tablename__]), rows)
    return lives, staff
