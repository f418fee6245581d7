from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.life_event import LifeEventKind
from policy.months import month_of

if TYPE_CHECKING:
    from tests.office import Office
    from tests.staff import Desk


def test_it_works(desks: dict[str, Desk], office: Office) -> None:
    """Suspended for two reasons: both with article and who approved, and the months that were paid too much."""
    office.go_to(date(2025, 1, 6))
    one = office.pensioner(cents=300_000, name="罗田生")
    office.close(month_of(date(2025, 1, 1)))
    office.close(month_of(date(2025, 2, 1)))
    office.go_to(date(2025, 3, 10))
    office.happens(LifeEventKind.IMPRISONED, one, date(2025, 1, 15))
    office.happens(LifeEventKind.DUPLICATE_BENEFIT, one, date(2025, 2, 20))
    office.approve(*office.proposed(one))
    page = desks["agency"].get(f"/people/{one.id}").text
    assert "服刑（第32条第3项），从2025-01-15起，工作人员district批准" in page
    assert "重复领取（第32条第4项），从2025-02-20起" in page
    assert "3000.00元：2025-02（3000.00）" in page
    assert "待遇暂停：已批准" in page
    assert "开始服刑 L" in page


def test_a_community_sees_the_state_and_no_amounts(desks: dict[str, Desk], office: Office) -> None:
    one = office.pensioner(cents=312_345, name="罗田生")
    page = desks["worker"].get(f"/people/{one.id}").text
    assert "<dd>发放</dd>" in page
    assert "3123.45" not in page
    assert "3123.45" in desks["auditor"].get(f"/people/{one.id}").text


def test_who_says_to_be_alive_is_told_on_the_first_page(desks: dict[str, Desk], office: Office) -> None:
    office.tell(LifeEventKind.STILL_ALIVE, office.pensioner(), None)
    assert "有1人说“我还活着”" in desks["agency"].get("/").text
    assert "我还活着" not in desks["far_agency"].get("/").text
