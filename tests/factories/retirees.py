from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING

from models import Retiree
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE, InsuredKind
from models.types import installed_vault
from policy.identity_number import check_digit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_serial = count(1)


def make_id_number(region: str = "430102", birthday: date = date(1945, 3, 8), serial: int | None = None) -> str:
    """Return an invented identity number with the right check digit; an odd `serial` is a man's."""
    first = f"{region}{birthday:%Y%m%d}{(next(_serial) if serial is None else serial) % 1000:03d}"
    return first + check_digit(first)


def make_retiree(
    session: Session,
    *,
    name: str = "周甲一",
    id_number: str | None = None,
    phone: str | None = "13900000000",
    community_code: str | None = None,
    agency_code: str = "430102",
    is_demonstration: bool = False,
) -> Retiree:
    """Add a retiree of Furong district."""
    number = id_number or make_id_number()
    vault = installed_vault()
    retiree = Retiree(
        id_number=number,
        id_number_index=vault.blind_index(number, ID_NUMBER_PURPOSE),
        name=name,
        phone=phone,
        phone_index=None if phone is None else vault.blind_index(phone, PHONE_PURPOSE),
        address=None,
        community_code=community_code,
        agency_code=agency_code,
        insured_kind=InsuredKind.ENTERPRISE,
        entitled_from=date(2005, 4, 1),
        due_by=date(2025, 12, 31),
        is_demonstration=is_demonstration,
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    session.add(retiree)
    session.flush()
    return retiree
