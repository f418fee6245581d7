from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reading.addresses import read_address
from bot.reading.choices import Option, read_choice, read_yes_no
from bot.reading.codes import read_code
from bot.reading.people import read_id_number, read_name, read_phone
from bot.reading.words_everywhere import read_command
from bot.replies import SAYINGS
from policy.reading.days import read_day
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 23)
OPTIONS = (Option("self", "我自己", ("本人",)), Option("other", "别的亲戚", ("亲戚",)))
READERS: dict[str, Callable[[str], object]] = {
    "choice": lambda text: read_choice(text, None, OPTIONS),
    "tap": lambda text: read_choice("", text, OPTIONS),
    "yes_no": lambda text: read_yes_no(text, text),
    "command": read_command,
    "day": lambda text: read_day(text, TODAY),
    "day_ahead": lambda text: read_day(text, TODAY, may_be_future=True),
    "leap_day": lambda text: read_day(text, date(2024, 2, 29)),
    "name": read_name,
    "id_number": lambda text: read_id_number(text, TODAY),
    "phone": read_phone,
    "address": read_address,
    "code": read_code,
}
# Pieces of what is read, so that texts come near to being understood.
PIECES = [
    *"〇零一二三十百千廿初0123459年月日号天周个上下前后今昨明第不是没别我叫要选对村路栋住叉嗯吧Xｘ②+-./,，。()\u200b𠮷㋀㏠",
    *("12", "20", "30", "31", "99", "2026", "26", "86", "138", "0731", "去年", "半个月", "星期", "农历", "公历"),
    *("同意", "本人", "亲戚", "社区", "搬到", "尾号"),
]
LONG = [
    piece * (500 // len(piece))
    for piece in ["嗯", "1", "一", " ", "不", "是", "1 ", "一,", "上", "十", "月", "3月", "叉", "·", "("]
]


def refusal(reader: Callable[[str], object], text: str) -> NotUnderstood | None:
    """Return the error that a text leads to, or None."""
    try:
        reader(text)
    except NotUnderstood as refused:
        return refused
    return None


@pytest.mark.parametrize("name", READERS)
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("\ud800")
@example("٣月٥号")
@example("²月³号")
@example("ﷺ" * 100)
def test_whatever_is_said_a_reader_understands_it_or_says_why_not(name: str, text: str) -> None:
    refused = refusal(READERS[name], text)
    assert refused is None or f"why_{refused.reason}" in SAYINGS


@pytest.mark.parametrize("name", sorted(set(READERS) - {"command"}))
@pytest.mark.parametrize("text", ["某某某。？", "0", "99999999999999999999", "2026-13-4111", "腊月初八的某某某？3"])
def test_the_error_holds_nothing_of_what_was_said(name: str, text: str) -> None:
    refused = refusal(READERS[name], text)
    assert refused is not None
    assert refused.args == (refused.reason,)
    assert f"why_{refused.reason}" in SAYINGS
    assert refused.__cause__ is None
    assert refused.__suppress_context__ or refused.__context__ is None


@pytest.mark.parametrize("name", READERS)
def test_a_long_text_is_read_in_no_time(name: str) -> None:
    reader = READERS[name]
    for text in [*LONG, *(text * 2000 for text in LONG)]:
        began = time.process_time()
        refusal(reader, text)
        assert time.process_time() - began < 0.25


@pytest.mark.parametrize("name", sorted(set(READERS) - {"tap", "command"}))
def test_more_than_five_hundred_characters_are_never_understood(name: str) -> None:
    assert refusal(READERS[name], "1" + " " * 500) is not None
