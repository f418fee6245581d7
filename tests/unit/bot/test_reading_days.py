from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.reading.days import read_day
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 23)  # a Monday
IN_WORDS = "〇一二三四五六七八九"
SAID = {
    "2026-3-5": date(2026, 3, 5),
    "2026-03-05": date(2026, 3, 5),
    "2026.3.5": date(2026, 3, 5),
    "2026.3.5。": date(2026, 3, 5),
    "2026/3/5": date(2026, 3, 5),
    "2026 3 5": date(2026, 3, 5),
    "２０２６．３．５": date(2026, 3, 5),
    "20260305": date(2026, 3, 5),
    "26.3.5": date(2026, 3, 5),
    "2026-03-05 10:20": date(2026, 3, 5),
    "2026年3月5日": date(2026, 3, 5),
    "2026 年 3 月 5 日": date(2026, 3, 5),
    "2026年3月5号": date(2026, 3, 5),
    "2026年3月5": date(2026, 3, 5),
    "2026年的3月5号": date(2026, 3, 5),
    "20263月5号": date(2026, 3, 5),
    "26年3月5日": date(2026, 3, 5),
    "98年3月5日": date(1998, 3, 5),
    "一九九八年三月五日": date(1998, 3, 5),
    "二〇二六年三月五日": date(2026, 3, 5),
    "二零二六年三月五号": date(2026, 3, 5),
    "二○二六年十一月二十一日": date(2026, 11, 21),
    "两千零二十六年三月五号": date(2026, 3, 5),
    "二六年三月五号": date(2026, 3, 5),
    "2026年3月5日凌晨3点": date(2026, 3, 5),
    "2026年3月5日（星期四）": date(2026, 3, 5),
    "3月5号": date(2026, 3, 5),
    "三月五号": date(2026, 3, 5),
    "3月5日星期四": date(2026, 3, 5),
    "3月05日": date(2026, 3, 5),
    "是3月5号走的": date(2026, 3, 5),
    "嗯，那个，3月5号吧。": date(2026, 3, 5),
    "11月23号": date(2026, 11, 23),
    "11月24号": date(2025, 11, 24),
    "十二月三十一号": date(2025, 12, 31),
    "3.5": date(2026, 3, 5),
    "2025年3.5": date(2025, 3, 5),
    "去年10.1": date(2025, 10, 1),
    "11月20日去世的，享年80岁": date(2026, 11, 20),
    "今年80岁，11月20日走的": date(2026, 11, 20),
    "上周5号": date(2026, 11, 5),
    "月初5号": date(2026, 11, 5),
    "3-5": date(2026, 3, 5),
    "5号": date(2026, 11, 5),
    "五号": date(2026, 11, 5),
    "二十三号": date(2026, 11, 23),
    "24号": date(2026, 10, 24),
    "三十一号": date(2026, 10, 31),
    "5号晚上": date(2026, 11, 5),
    "今天": TODAY,
    "今日": TODAY,
    "今早": TODAY,
    "今朝子": TODAY,
    "刚刚": TODAY,
    "刚才走的": TODAY,
    "昨天": date(2026, 11, 22),
    "昨天刚刚走的": date(2026, 11, 22),
    "昨天晚上10点": date(2026, 11, 22),
    "昨晚": date(2026, 11, 22),
    "昨日子": date(2026, 11, 22),
    "昨天。": date(2026, 11, 22),
    "嗯昨天吧": date(2026, 11, 22),
    "前天": date(2026, 11, 21),
    "前天下午": date(2026, 11, 21),
    "大前天": date(2026, 11, 20),
    "三天前": date(2026, 11, 20),
    "走了三天了": date(2026, 11, 20),
    "不见两个星期了": date(2026, 11, 9),
    "3天以前": date(2026, 11, 20),
    "十天之前": date(2026, 11, 13),
    "一个星期前": date(2026, 11, 16),
    "两周前": date(2026, 11, 9),
    "半个月前": date(2026, 11, 8),
    "上个月3号": date(2026, 10, 3),
    "上月三号": date(2026, 10, 3),
    "上个月的二十号": date(2026, 10, 20),
    "上上个月3号": date(2026, 9, 3),
    "这个月5号": date(2026, 11, 5),
    "本月5日": date(2026, 11, 5),
    "上周三": date(2026, 11, 18),
    "上个星期天": date(2026, 11, 22),
    "上礼拜五": date(2026, 11, 20),
    "上周的周三": date(2026, 11, 18),
    "上上周三": date(2026, 11, 11),
    "上周三3点": date(2026, 11, 18),
    "周三": date(2026, 11, 18),
    "星期一": TODAY,
    "礼拜天": date(2026, 11, 22),
    "去年12月3日": date(2025, 12, 3),
    "去年的12月3日": date(2025, 12, 3),
    "前年三月五号": date(2024, 3, 5),
    "大前年三月五号": date(2023, 3, 5),
    "今年3月5号": date(2026, 3, 5),
    "去年今天": date(2025, 11, 23),
    "不是昨天，是前天": date(2026, 11, 21),
    "农历二月初三，公历3月21号": date(2026, 3, 21),
    "2024-2-29": date(2024, 2, 29),
    "1907-1-1": date(1907, 1, 1),
}
NOT_SAID = {
    "": "day",
    "   ": "day",
    "不知道": "day",
    "不记得了": "day",
    "3月": "day",
    "2026年3月": "day",
    "月底": "day",
    "上个月的周三": "day",
    "3月的周三": "day",
    "2024年春天的5号": "day",
    "一年前的3月5号": "day",
    "三个月前的5号": "day",
    "二月初5号": "day",
    "今天23号，他3月5号走的": "day",
    "三四天前": "day",
    "几天前": "day",
    "前几天": "day",
    "十几天前": "day",
    "三个月前": "day",
    "3月5号住院，3月8号走的": "day",
    "是不是昨天": "day",
    "3号楼": "day",
    "5/3/2026": "day",
    "192.168.1.1": "day",
    "13800001234": "day",
    "430102194912310021": "day",
    "2026-3-555": "day",
    "上个月初三": "day_lunar",
    "上月初三": "day_lunar",
    "农历三月初五": "day_lunar",
    "阴历十月十五": "day_lunar",
    "三月廿三": "day_lunar",
    "正月十五": "day_lunar",
    "腊月二十三": "day_lunar",
    "初八": "day_lunar",
    "大年三十": "day_lunar",
    "闰六月初一": "day_lunar",
    "八月半": "day_lunar",
    "中秋节那天": "day_lunar",
    "2026-2-30": "day_impossible",
    "20261301": "day_impossible",
    "2025年2月29日": "day_impossible",
    "13月5号": "day_impossible",
    "三月三十二号": "day_impossible",
    "2月30号": "day_impossible",
    "32号": "day_impossible",
    "0000-01-01": "day_impossible",
    "1850年3月5日": "day_impossible",
    "1906-11-22": "day_impossible",
    "99999天前": "day",
    "999天999年前": "day",
    "2026-11-24": "day_future",
    "2026年12月3日": "day_future",
    "27年1月1日": "day_future",
    "明天": "day_future",
    "下周一": "day_future",
    "下个月3号": "day_future",
    "3月5号" * 200: "day",
}
AHEAD = {
    "明天": date(2026, 11, 24),
    "后天": date(2026, 11, 25),
    "大后天": date(2026, 11, 26),
    "下周一": date(2026, 11, 30),
    "下个星期天": date(2026, 12, 6),
    "下个月3号": date(2026, 12, 3),
    "明年3月5号": date(2027, 3, 5),
    "12月1号": date(2026, 12, 1),
    "1月5号": date(2027, 1, 5),
    "11月1号": date(2026, 11, 1),
    "25号": date(2026, 11, 25),
    "1号": date(2026, 12, 1),
    "昨天": date(2026, 11, 22),
    "27年1月1日": date(2027, 1, 1),
}
FORMATS: dict[str, Callable[[date], str]] = {
    "2026-3-5": lambda day: f"{day.year}-{day.month}-{day.day}",
    "iso": date.isoformat,
    "2026.3.5": lambda day: f"{day.year}.{day.month}.{day.day}",
    "2026/3/5": lambda day: f"{day.year}/{day.month}/{day.day}",
    "20260305": lambda day: f"{day:%Y%m%d}",
    "2026年3月5日": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "2026年3月5号": lambda day: f"{day.year}年{day.month}月{day.day}号",
    "二〇二六年三月五日": lambda day: f"{in_digits(day.year)}年{in_words(day.month)}月{in_words(day.day)}日",
    "二零二六年三月五号": lambda day: (
        f"{in_digits(day.year).replace('〇', '零')}年{in_words(day.month)}月{in_words(day.day)}号"
    ),
}


def in_digits(number: int) -> str:
    return "".join(IN_WORDS[int(digit)] for digit in str(number))


def in_words(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else IN_WORDS[tens]) + ("十" if tens else "") + (IN_WORDS[ones] if ones else "")


def test_it_works() -> None:
    assert read_day("上个月三号", TODAY) == date(2026, 10, 3)


@pytest.mark.parametrize("text", SAID)
def test_a_day_is_read_as_people_give_it(text: str) -> None:
    assert read_day(text, TODAY) == SAID[text]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_no_day_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_day(text, TODAY)
    assert refused.value.reason == NOT_SAID[text]


@pytest.mark.parametrize("text", AHEAD)
def test_a_day_may_lie_ahead_where_that_is_allowed(text: str) -> None:
    assert read_day(text, TODAY, may_be_future=True) == AHEAD[text]


def test_the_last_month_of_january_is_december() -> None:
    assert read_day("上个月3号", date(2026, 1, 10)) == date(2025, 12, 3)
    assert read_day("24号", date(2026, 1, 10)) == date(2025, 12, 24)


def test_a_month_without_that_day_is_told_apart_from_no_day() -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_day("31号", date(2026, 3, 5))
    assert refused.value.reason == "day_impossible"


def test_on_a_leap_day_last_year_has_no_same_day() -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_day("去年今天", date(2024, 2, 29))
    assert refused.value.reason == "day_impossible"


@pytest.mark.parametrize("shape", FORMATS)
@given(st.dates(date(1907, 1, 1), TODAY))
def test_a_written_day_comes_back(shape: str, day: date) -> None:
    assert read_day(FORMATS[shape](day), TODAY) == day


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 364))
def test_a_day_without_its_year_is_the_last_such_day(today: date, back: int) -> None:
    day = today - timedelta(days=back)
    if (day.month, day.day) != (2, 29):
        assert read_day(f"{day.month}月{day.day}号", today) == day


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99))
def test_days_are_counted_back(today: date, back: int) -> None:
    assert read_day(f"{back}天前", today) == today - timedelta(days=back)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from("一二三四五六日天"))
def test_a_weekday_alone_is_within_the_last_seven_days(today: date, name: str) -> None:
    day = read_day(f"星期{name}", today)
    assert 0 <= (today - day).days < 7
    assert day.weekday() == "一二三四五六日".index(name.replace("天", "日"))
