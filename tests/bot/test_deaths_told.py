"""A death told in the chat: once by each, and of one that staff confirmed already."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from models.life_event import LifeEventKind
from tests.bot.talk import report_death, reports
from tests.office import open_office

if TYPE_CHECKING:
    from pathlib import Path

    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat


def test_a_death_is_told_once_by_each_and_a_day_has_five_reports(
    li: Chat, parts: Services, cast: Cast, clock: StandingClock
) -> None:
    report_death(li, "陈远行", cast.far_chen.id_number, "昨天")
    (first,) = reports(parts)
    told = report_death(li, "陈远行", cast.far_chen.id_number, "前天")
    assert "报过" in told
    assert first.number in told
    for place in "甲乙丙丁":
        report_death(li, f"张无{place}", cast.grandma_li.id_number, "昨天")
    assert "太多了" in report_death(li, "张无戊", cast.grandma_li.id_number, "昨天")
    assert len(reports(parts)) == 5
    clock.advance(days=1)
    assert "节哀" in report_death(li, "张无戊", cast.grandma_li.id_number, "昨天")


@pytest.mark.parametrize("denied", ["不是，他跟我离婚了", "没死，我们离婚了", "不是死了"])
def test_whoever_meant_no_death_is_asked_no_more_about_it(li: Chat, parts: Services, denied: str) -> None:
    assert "姓名" in li.say("我老公走了")
    assert "不办了" in li.say(denied)
    assert "姓名" in li.say("我妈走了")
    assert "110" in li.say("不是过世，是走丢了")
    assert reports(parts) == []


@pytest.mark.parametrize("said", ["没死多久", "不是死在屋里", "前夫，离婚了", "不是去世，是病故了"])
def test_words_about_a_death_deny_none(li: Chat, said: str) -> None:
    li.say("我老公走了")
    li.say("张三丰")
    li.say("不知道")
    assert "不办了" not in li.say(said)


def test_whoever_tells_of_a_death_that_is_confirmed_is_promised_no_visit(
    li: Chat, daughter: Chat, parts: Services, cast: Cast, tmp_path: Path
) -> None:
    """Nobody comes to the mourners anew, and none of them is late; of another day staff are still asked."""
    office = open_office(parts.transactions, tmp_path / "payments", parts.clock.now())
    office.happens(LifeEventKind.DEATH, cast.old_zhou, date(2025, 1, 20))
    told = report_death(li, "周守田", cast.old_zhou.id_number, "2025年1月20日")
    (filed,) = reports(parts)
    assert filed.number in told
    assert "已经核实、登记好了" in told
    assert not any(word in told for word in ("社区会来", "超过", "期限"))
    # told once more, it is the same report and the same answer
    assert report_death(li, "周守田", cast.old_zhou.id_number, "2025年1月20日") == told
    # what cannot be taken back any more is not offered to be
    corrected = report_death(li, "周守田", cast.old_zhou.id_number, "2025年1月19日")
    assert "请打12333" in corrected
    assert "撤回" not in corrected
    assert "社区会来核实" in report_death(daughter, "周守田", cast.old_zhou.id_number, "2025年1月18日")
    assert "正在核实" in daughter.say("我办的事")
