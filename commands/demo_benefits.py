"""Invented pensions of a demonstration: a number and a monthly amount for everybody, the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.payment_months import hold_open_month
from models import Base, Benefit, BenefitAmount, Retiree
from models.benefit import BenefitStatus
from models.bulk import among, insert_rows
from models.retiree import ID_NUMBER_PURPOSE
from policy.months import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from models.vault import Vault

_PEOPLE = Base.metadata.tables[Retiree.__tablename__]
_BENEFITS = Base.metadata.tables[Benefit.__tablename__]
_AMOUNTS = Base.metadata.tables[BenefitAmount.__tablename__]
# Cents a month: most around three thousand yuan.
_LEAST, _USUAL, _MOST = 110_000, 310_000, 980_000


def give_benefits(session: Session, people: Sequence[tuple[str, RosterRow]], *, vault: Vault, now: datetime) -> int:
    """Write a pension for whoever has none, and return how many. people: each with the number for the paying system."""
    indexes = [vault.blind_index(person.identity.text, ID_NUMBER_PURPOSE) for _number, person in people]
    rows = session.execute(
        select(_PEOPLE.c.id_number_index, _PEOPLE.c.id, _PEOPLE.c.entitled_from)
        .outerjoin(_BENEFITS, _BENEFITS.c.id == _PEOPLE.c.id)
        .where(among(session, _PEOPLE.c.id_number_index, indexes), _BENEFITS.c.id.is_(None))
    )
    new = {row.id_number_index: row for row in rows}
    month = hold_open_month(session, now=now)
    benefits, amounts = [], []
    for index, (number, _person) in zip(indexes, people, strict=True):
        if index not in new:
            continue
        row = new[index]
        first = max(month, month_of(row.entitled_from))
        cents = round(Random(number).triangular(_LEAST, _MOST, _USUAL))  # noqa: S311 - invents, keeps no secret
        benefits.append(
            {"id": row.id, "number": number, "status": BenefitStatus.PAID, "first_month": first, "created_at": now}
        )
        amounts.append({"benefit_id": row.id, "from_month": first, "cents": cents})
    insert_rows(session, _BENEFITS, benefits)
    insert_rows(session, _AMOUNTS, amounts)
    return len(benefits)
