"""The town of the simulated year: its regions, staff and people with their pensions and accounts."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from benchmarks.year_lives import Life, draw_life
from casework.roster import take_over
from commands.demo_people import CITY, invent_people, invent_places
from models import Account, Base, Benefit, BenefitAmount, Binding, PaymentMonth, Region, Retiree, Staff
from models.account import AccountKind, Confirmation, Relation
from models.audit import Actor, ActorKind
from models.benefit import BenefitStatus
from models.certification import Channel
from models.retiree import ID_NUMBER_PURPOSE
from models.staff import StaffRole
from policy.months import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from services import Services

# Accounts of relatives and neighbours who tell of deaths.
_TELLERS = 40


def settle(
    services: Services, retirees: int, seed: int, *, year: int, now: datetime
) -> tuple[list[Life], dict[str, Staff], list[uuid.UUID]]:
    """Write everybody into the database, certified until the end of the year before.

    Returns the people, the staff by login, and the ids of accounts of those who tell of deaths.
    """
    with services.transactions() as session:
        for region in invent_places(retirees):
            session.add(Region(code=region.code, level=region.level, name=region.name, parent_code=region.parent_code))
            session.flush()
        for name in ("worker", "first", "second"):
            session.add(
                Staff(
                    login=name,
                    name=name,
                    role=StaffRole.CITY_OFFICER,
                    region_code=CITY,
                    password_hash="-",  # noqa: S106 - nobody logs in
                    created_at=now,
                )
            )
        session.add(PaymentMonth(month=month_of(date(year, 1, 1))))
        session.flush()
        staff = {one.login: one for one in session.scalars(select(Staff))}
        rows = list(invent_people(retirees, seed))
        take_over(
            session,
            rows,
            clock=services.rules.clock,
            vault=services.vault,
            actor=Actor(ActorKind.COMMAND, "year"),
            now=now,
            is_demonstration=True,
        )
        session.execute(
            update(Retiree).values(certified_until=date(year - 1, 12, 31), certified_by=Channel.SELF_SERVICE)
        )
        lives = _draw_lives(session, services, rows, seed, year)
        _open_pensions(session, lives, year, now)
        tellers = _open_accounts(session, lives, now)
    return lives, staff, tellers


def _draw_lives(session: Session, services: Services, rows: Sequence[RosterRow], seed: int, year: int) -> list[Life]:
    found = {index: one for one, index in session.execute(select(Retiree.id, Retiree.id_number_index))}
    return [
        draw_life(seed, place, year, found[services.vault.blind_index(row.identity.text, ID_NUMBER_PURPOSE)], row)
        for place, row in enumerate(rows)
    ]


def _open_pensions(session: Session, lives: Sequence[Life], year: int, now: datetime) -> None:
    month = month_of(date(year, 1, 1))
    benefits = [
        {
            "id": life.id,
            "number": life.number,
            "status": BenefitStatus.PAID,
            "first_month": month,
            "created_at": now,
        }
        for life in lives
    ]
    amounts = [{"benefit_id": life.id, "from_month": month, "cents": life.cents} for life in lives]
    session.execute(insert(Base.metadata.tables[Benefit.__tablename__]), benefits)
    session.execute(insert(Base.metadata.tables[BenefitAmount.__tablename__]), amounts)


def _open_accounts(session: Session, lives: Sequence[Life], now: datetime) -> list[uuid.UUID]:
    """Open the account of whoever has one, under the person's own id, and those of the tellers; return the latter."""
    holders = [life.id for life in lives if life.has_account]
    tellers = [uuid.uuid4() for _ in range(_TELLERS)]
    accounts = [
        {
            "id": one,
            "kind": AccountKind.WECHAT,
            "identity_index": f"{place:064d}",
            "openid": f"o{place}",
            "created_at": now,
        }
        for place, one in enumerate([*holders, *tellers])
    ]
    bindings = [
        {
            "account_id": one,
            "retiree_id": one,
            "relation": Relation.SELF,
            "created_at": now,
            "confirmed_at": now,
            "confirmed_by": Confirmation.FACE,
        }
        for one in holders
    ]
    session.execute(insert(Base.metadata.tables[Account.__tablename__]), accounts)
    session.execute(insert(Base.metadata.tables[Binding.__tablename__]), bindings)
    return tellers
