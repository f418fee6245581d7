"""The forms in which people give a day: each a pattern and what it means, seen from today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from policy.reading.plain import digits_of, read_number
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable

_SOON_YEARS = 20
_CENTURY = 100
_HALF_A_MONTH = 15
_WEEK = "一二三四五六日"
_YEARS_AWAY = {"大前年": -3, "前年": -2, "去年": -1, "旧年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1}
_DAYS_AWAY = {"大前": -3, "大后": 3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2}
_MONTHS_AWAY = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}
_WEEKS_AWAY = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}

_N = "[0-9零〇一二两三四五六七八九十]"
_NOT_IN_NUMBER = f"(?<!{_N})"
_M = f"(?P<m>{_N}{{1,3}})月(?:份的?)?"
_M_OR_MARK = f"(?P<m>{_N}{{1,3}})(?:月(?:份的?)?|[./-](?=[0-9]))"
# 3月5点 and 3月5个 are no days, and 3号楼 is a house
_NO_DAY = "[点时分个周星天年月元块岁:]"
_HOUSE = "[楼栋门线房院床病]"
_D = rf"(?P<d>{_N}{{1,3}})(?!{_N})(?:日|号(?!{_HOUSE})|(?![日号]|{_NO_DAY}))"


class Seen(NamedTuple):
    """From when a day is seen, and whether it may lie ahead."""

    today: date
    may_be_future: bool


@dataclass(frozen=True)
class Form:
    """One way of giving a day. meaning: raises ValueError for a day that does not exist, NotUnderstood for no day."""

    pattern: re.Pattern[str]
    meaning: Callable[[re.Match[str], Seen], date]


def _numbers(found: re.Match[str], seen: Seen) -> date:
    return date(_year(found["y"], seen), _number(found["m"]), _number(found["d"]))


def _in_year(found: re.Match[str], seen: Seen) -> date:
    return date(seen.today.year + _YEARS_AWAY[found["away"]], _number(found["m"]), _number(found["d"]))


def _same_day_in_year(found: re.Match[str], seen: Seen) -> date:
    return seen.today.replace(year=seen.today.year + _YEARS_AWAY[found["away"]])


def _in_month_away(found: re.Match[str], seen: Seen) -> date:
    return _in_month(seen.today, _MONTHS_AWAY[found["away"]], _number(found["d"]))


def _month_day(found: re.Match[str], seen: Seen) -> date:
    month, day, today = _number(found["m"]), _number(found["d"]), seen.today
    if seen.may_be_future:
        return _nearest(today, lambda years: date(today.year + years, month, day))
    return date(today.year - ((month, day) > (today.month, today.day)), month, day)


def _day_only(found: re.Match[str], seen: Seen) -> date:
    day = _number(found["d"])
    if seen.may_be_future:
        return _nearest(seen.today, lambda months: _in_month(seen.today, months, day))
    return _in_month(seen.today, -1 if day > seen.today.day else 0, day)


def _ago(found: re.Match[str], seen: Seen) -> date:
    if found["half"]:
        return seen.today - timedelta(days=_HALF_A_MONTH)
    return seen.today - timedelta(days=_number(found["n"]) * (1 if found["unit"] in "天日" else len(_WEEK)))


def _weekday(found: re.Match[str], seen: Seen) -> date:
    """Return a day of a week that begins on Monday; without a word for the week, the last such day."""
    name = found["day"].replace("天", "日")
    place = int(name) - 1 if name.isdigit() else _WEEK.index(name)
    day = seen.today - timedelta(days=seen.today.weekday() - place)
    if found["away"]:
        return day + timedelta(weeks=_WEEKS_AWAY[found["away"]])
    return day - timedelta(weeks=1) if day > seen.today and not seen.may_be_future else day


def _word(found: re.Match[str], seen: Seen) -> date:
    return seen.today + timedelta(days=_DAYS_AWAY[found["away"]])


def _in_month(today: date, months: int, day: int) -> date:
    year, month0 = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month0 + 1, day)


def _nearest(today: date, day_at: Callable[[int], date]) -> date:
    """Return the existing day nearest to today among the last, this and the next year or month."""
    days = []
    for away in (0, 1, -1):
        try:
            days.append(day_at(away))
        except ValueError:
            continue
    if not days:
        raise ValueError
    return min(days, key=lambda day: abs(day - today))


def _year(text: str, seen: Seen) -> int:
    """Return a year of four digits, or of two: of this century as far as it is near, else of the last."""
    digits = digits_of(text)
    year = int(digits) if digits.isdigit() else _number(text)
    if year >= _CENTURY or len(text) > 2:  # noqa: PLR2004 - two digits
        return year
    century = seen.today.year // _CENTURY * _CENTURY
    return century + year - (_CENTURY if century + year > seen.today.year + _SOON_YEARS else 0)


def _number(text: str) -> int:
    """Return a number in digits or words; 三四 is a guess and no number."""
    number = read_number(text)
    if number is None:
        raise NotUnderstood("day")
    return number


def _form(pattern: str, meaning: Callable[[re.Match[str], Seen], date]) -> Form:
    # a weekday behind a date only confirms it: 3月5日星期四
    return Form(re.compile(rf"(?:{pattern})(?:[,(]?(?:星期|礼拜|周)[{_WEEK}天]\)?)?"), meaning)


def _any_of(words: dict[str, int]) -> str:
    return f"(?P<away>{'|'.join(words)})"


_MARK = r"(?P<s>[-–—./\\,、 ])"
_WORD_FOR_WEEK = "(?:周|星期|礼拜)"
_PART_OF_DAY = "(?:子|里)?(?:凌晨|清早|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)?"
# The first form that fits takes its characters away from those after it.
FORMS = (
    _form(r"(?<![0-9])(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])", _numbers),
    _form(
        rf"(?<![0-9])(?<![0-9][-./])(?P<y>[0-9]{{4}}|[0-9]{{2}}){_MARK}(?P<m>[0-9]{{1,2}})(?P=s)(?P<d>[0-9]{{1,2}})"
        r"(?![0-9])(?!(?P=s)[0-9])",
        _numbers,
    ),
    _form(
        rf"(?<![0-9])(?P<y>[0-9]{{4}}|[0-9]{{2}}|[零〇一二三四五六七八九十百千两]{{2,7}})年的?{_M_OR_MARK}{_D}",
        _numbers,
    ),
    _form(rf"(?<![0-9])(?P<y>[0-9]{{4}})[ ,]?{_M}{_D}", _numbers),
    _form(rf"{_any_of(_YEARS_AWAY)}的?{_M_OR_MARK}{_D}", _in_year),
    _form(rf"{_any_of(_YEARS_AWAY)}的?今[天日]", _same_day_in_year),
    _form(rf"{_any_of(_MONTHS_AWAY)}一?个?月份?的?{_D}", _in_month_away),
    _form(rf"{_NOT_IN_NUMBER}(?<!年){_M}{_D}", _month_day),
    _form(
        rf"(?:(?P<half>半个月)|{_NOT_IN_NUMBER}(?P<n>{_N}{{1,3}})个?(?P<unit>天|日|星期|周|礼拜))(?:(?:之|以)?前|(?<!日)了)",
        _ago,
    ),
    _form(
        rf"(?:{_any_of(_WEEKS_AWAY)}一?个?)?{_WORD_FOR_WEEK}的?{_WORD_FOR_WEEK}?"
        rf"(?P<day>[{_WEEK}天](?![年岁个])|[1-7](?![0-9日号]))",
        _weekday,
    ),
    _form(rf"(?<![以之目]){_any_of(_DAYS_AWAY)}(?:天|日|晚|早|夜|晨|儿|朝){_PART_OF_DAY}", _word),
    _form(r"(?<![0-9./年-])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9./-])", _month_day),
    _form(rf"(?<![月第])(?<!个)(?<!年){_NOT_IN_NUMBER}(?P<d>{_N}{{1,3}})(?:号(?!{_HOUSE})|日(?!子))", _day_only),
)
# What is left of a day that nobody gave whole: 上个月的周三, 2024年春天的5号.
LEFT_OVER = re.compile(rf"(?:去|前|明|旧|上一|{_N})年|年前|月之?以?前|(?:[上下这本]|{_N})个?月")
# Counts only beside no day: 昨天刚刚走的 is yesterday.
JUST_NOW = re.compile(r"刚刚|刚才|方才")
LUNAR = re.compile(
    r"农历|阴历|旧历|老历|夏历|古历|正月|腊月|冬月|闰.{0,3}月|初[一二三四五六七八九十]|廿|卅|大年|除夕|小年|元宵|端午|七夕|中元"
    r"|中秋|重阳|春节|过年|[一二三四五六七八九十]月半"
)
SOLAR = re.compile(r"公历|阳历|新历|西历")
