from __future__ import annotations

from dataclasses import replace

import pytest

from casework.figure_risks import building_of
from casework.risk import HIGHEST, LastTime, Reason, RiskFacts, risk_of
from models.retiree import LivingMarkKind

AT_EASE = RiskFacts(
    days_left=200,
    age=66,
    failed_attempts=0,
    last_time=LastTime.IN_TIME,
    marks=frozenset(),
    has_phone=True,
    has_account=True,
)


def test_it_works() -> None:
    risk = risk_of(replace(AT_EASE, days_left=20, has_phone=False))
    assert risk.score == 35
    assert [one.reason for one in risk.reasons] == [Reason.DAYS_LEFT, Reason.NO_PHONE]


def test_nothing_against_somebody_is_no_risk() -> None:
    assert risk_of(AT_EASE).score == 0
    assert risk_of(AT_EASE).reasons == ()


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        ({"days_left": 31}, {"days_left": 30}),
        ({"days_left": 8}, {"days_left": 7}),
        ({"age": 79}, {"age": 80}),
        ({"age": 89}, {"age": 90}),
        ({"failed_attempts": 1}, {"failed_attempts": 2}),
        ({"failed_attempts": 2}, {"failed_attempts": 9}),
        ({"last_time": LastTime.CLOSE}, {"last_time": LastTime.LATE}),
        ({"marks": frozenset()}, {"marks": frozenset({LivingMarkKind.DISABLED})}),
        ({"has_account": True}, {"has_account": False}),
    ],
)
def test_what_makes_it_harder_gives_more_points(easier: dict[str, object], harder: dict[str, object]) -> None:
    assert risk_of(replace(AT_EASE, **harder)).score > risk_of(replace(AT_EASE, **easier)).score  # type: ignore[arg-type]


def test_points_end_at_a_hundred_and_name_every_reason() -> None:
    risk = risk_of(
        RiskFacts(
            days_left=0,
            age=97,
            failed_attempts=3,
            last_time=LastTime.LATE,
            marks=frozenset(LivingMarkKind),
            has_phone=False,
            has_account=False,
        )
    )
    assert risk.score == HIGHEST
    assert {one.reason for one in risk.reasons} == set(Reason) - {Reason.CLOSE_LAST_TIME, Reason.FIRST_TIME}
    assert len([one for one in risk.reasons if one.reason is Reason.MARK]) == len(LivingMarkKind)
    assert sum(one.points for one in risk.reasons if one.reason is Reason.MARK) == 20


@pytest.mark.parametrize(
    ("address", "building"),
    [
        ("银杏路12号3栋502室", "银杏路12号3栋"),
        ("银杏路１２号３栋502室", "银杏路12号3栋"),
        ("银杏路12号", "银杏路12号"),
        ("清泉村5组", "清泉村5组"),
        ("清泉村老屋", ""),
        (None, ""),
    ],
)
def test_an_address_up_to_the_building(address: str | None, building: str) -> None:
    assert building_of(address) == building
