"""From which month a pension is paid whose first day a roster states late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from casework.benefit_amounts import set_amount
from casework.roster import take_over
from casework.roster_rows import RosterRow
from models import Benefit, Retiree
from models.retiree import InsuredKind
from models.types import installed_vault
from policy import identity_number
from policy.months import read_month, write_month
from tests.cast import COMMUNITY, DISTRICT
from tests.factories.retirees import make_id_number, make_retiree
from tests.office import RULES, SYSTEM

if TYPE_CHECKING:
    from tests.office import Office


@pytest.mark.parametrize(
    ("stated", "begins"), [(date(2024, 6, 1), "2025-03"), (date(2025, 5, 1), "2025-05"), (date(2033, 1, 1), "2033-01")]
)
def test_a_pension_begins_by_the_day_that_a_later_roster_states(office: Office, stated: date, begins: str) -> None:
    identity = identity_number.read(make_id_number(birthday=date(1972, 5, 6)), today=office.today)
    row = RosterRow(
        identity=identity,
        name="王一",
        phone=None,
        address=None,
        community_code=COMMUNITY,
        agency_code=DISTRICT,
        insured_kind=InsuredKind.ENTERPRISE,
        entitled_from=None,
        group_name=None,
        position=None,
        warnings=(),
    )
    _import(office, row)
    office.night()
    with office.transactions() as session:
        one = session.query(Retiree).filter_by(entitled_from=date(2032, 6, 1)).one()
        set_amount(session, one, 300_000, actor=SYSTEM, now=office.now)
    _import(office, replace(row, entitled_from=stated))
    with office.transactions() as session:
        assert write_month(session.get_one(Benefit, one.id).first_month) == begins
    paid = office.paid(read_month("2025-03"))
    assert len(paid) == (begins == "2025-03")


@pytest.mark.parametrize(
    ("first_day", "said", "begins"),
    [
        (date(2005, 4, 1), None, "2025-03"),
        (date(2025, 5, 1), None, "2025-05"),
        (date(2025, 5, 1), "2025-04", "2025-04"),
    ],
)
def test_an_amount_is_paid_from_the_first_day_on_unless_it_says_its_month(
    office: Office, first_day: date, said: str | None, begins: str
) -> None:
    from_month = None if said is None else read_month(said)
    with office.transactions() as session:
        one = make_retiree(session)
        one.entitled_from = first_day
        set_amount(session, one, 300_000, actor=SYSTEM, now=office.now, from_month=from_month)
        number = session.get_one(Benefit, one.id).number
    months = ("2025-03", "2025-04", "2025-05")
    paid = [number in office.paid(read_month(month)) for month in months]
    assert paid == [month >= begins for month in months]


def _import(office: Office, row: RosterRow) -> None:
    with office.transactions() as session:
        take_over(session, [row], clock=RULES.clock, vault=installed_vault(), actor=SYSTEM, now=office.now)
