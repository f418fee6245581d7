from __future__ import annotations

import pytest

from bot.reading.choices import Option, read_choice
from policy.reading.understood import NotUnderstood

WHOSE = (
    Option("self", "我自己", ("本人", "自己")),
    Option("direct", "父母、配偶或子女", ("父母", "爸爸", "妈妈", "女儿")),
    Option("other", "别的亲戚", ("亲戚", "外甥")),
)
ANONYMOUS = (Option("yes", "匿名", ("不留姓名", "不留电话")), Option("no", "留电话", ("实名", "留联系方式")))
CONSENT = (Option("yes", "同意"), Option("no", "不同意"))
PEOPLE = (Option("a", "王小"), Option("b", "王小明"), Option("c", "𠮷野䶮"))
MANY = tuple(Option(f"key{place}", f"选项甲{place}乙") for place in range(1, 21))
IN_WORDS = [
    "一",
    "二",
    "三",
    "四",
    "五",
    "六",
    "七",
    "八",
    "九",
    "十",
    "十一",
    "十二",
    "十三",
    "十四",
    "十五",
    "十六",
    "十七",
    "十八",
    "十九",
    "二十",
]

SECOND = [
    "2", "２", "②", "⑵", "2.", "2。", "2、", "(2)", "（2）", "2️⃣", " 2 ", "02", "二", "二。",
    "贰", "第二", "第二个", "第二个吧", "第2个", "第二项", "二号", "2号", "选二", "选2", "我选第二个",
    "我要选第二个啊", "要第二个", "就要第二个咯", "嗯，那个，就是第二个吧。", "那就二吧", "好的，第二个",
    "第二个就行", "还是第二个吧", "我还是选二", "2就行", "按2", "回复2", "选项二", "不是第一个，是第二个",
    "倒数第二个", "父母、配偶或子女", "父母配偶或子女", "妈妈", "我妈妈", "帮我妈妈办", "嗯，妈妈。",
    "不是本人，是女儿", "不是我自己是我妈妈", "不是自己要办，是爸爸",
]  # fmt: skip
NOT_CHOSEN = [
    "", "。", "4", "0", "100", "第四个", "不是本人", "不是我本人", "不是我自己", "不选第一个", "本人不行",
    "是不是本人", "第一个是什么意思", "本人还是妈妈", "妈妈和外甥", "第一个或者第二个", "一二", "1 2", "12", "两个",
    "两个都要", "三个", "一样", "一个", "选一个", "选两个吧", "第二个月", "二月", "随便", "不知道", "没有妈妈",
]  # fmt: skip


def test_it_works() -> None:
    assert read_choice("第一个", None, WHOSE) == "self"


@pytest.mark.parametrize("text", SECOND)
def test_the_second_option_is_chosen(text: str) -> None:
    assert read_choice(text, None, WHOSE) == "direct"


@pytest.mark.parametrize("text", [*NOT_CHOSEN, "妈妈" * 300])
def test_nothing_is_chosen(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_choice(text, None, WHOSE)
    assert refused.value.reason == "choice"


@pytest.mark.parametrize("place", range(1, 21))
def test_numbers_up_to_twenty_are_read_in_every_form(place: int) -> None:
    word = IN_WORDS[place - 1]
    circled = chr(ord("①") + place - 1)
    for text in (str(place), f"{place}.", f"第{place}个", word, f"第{word}个", f"选{word}", f"第{word}", circled):
        assert read_choice(text, None, MANY) == f"key{place}", text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("最后一个", "other"),
        ("最后那个", "other"),
        ("头一个", "self"),
        ("别的亲戚", "other"),
        ("就是别的亲戚咯", "other"),
        ("外甥", "other"),
        ("本人", "self"),
        ("我本人啊", "self"),
        ("是我自己", "self"),
        ("特别是我自己", "self"),
    ],
)
def test_words_of_an_option_choose_it(text: str, key: str) -> None:
    assert read_choice(text, None, WHOSE) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("不留电话", "yes"),
        ("我不留姓名", "yes"),
        ("匿名吧", "yes"),
        ("不要匿名，留电话", "no"),
        ("我留电话", "no"),
        ("实名举报", "no"),
    ],
)
def test_a_denied_word_is_told_from_an_option_that_begins_with_a_denial(text: str, key: str) -> None:
    assert read_choice(text, None, ANONYMOUS) == key


@pytest.mark.parametrize(
    "text", ["我不想留电话", "不愿意留电话", "我不是要留电话", "别留电话", "莫留电话", "留电话不行"]
)
def test_who_will_not_leave_a_number_has_not_chosen_to(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_choice(text, None, ANONYMOUS)


@pytest.mark.parametrize(("text", "key"), [("同意", "yes"), ("我同意", "yes"), ("不同意", "no"), ("我不同意", "no")])
def test_a_word_inside_a_longer_one_does_not_count(text: str, key: str) -> None:
    assert read_choice(text, None, CONSENT) == key


@pytest.mark.parametrize(("text", "key"), [("王小", "a"), ("王小明", "b"), ("我选王小明", "b"), ("𠮷野䶮。", "c")])
def test_people_are_told_apart_by_their_whole_names(text: str, key: str) -> None:
    assert read_choice(text, None, PEOPLE) == key


def test_two_options_of_the_same_words_are_told_apart_by_their_numbers_alone() -> None:
    same = (Option("a", "张三"), Option("b", "张三"))
    assert read_choice("2", None, same) == "b"
    with pytest.raises(NotUnderstood):
        read_choice("张三", None, same)


@pytest.mark.parametrize(("tap", "key"), [("1", "self"), ("3", "other"), ("03", "other")])
def test_a_tap_counts_before_the_text(tap: str, key: str) -> None:
    assert read_choice("妈妈", tap, WHOSE) == key


@pytest.mark.parametrize("tap", ["0", "4", "999", "", "x", "٢"])
def test_a_tap_without_a_number_leaves_it_to_the_words(tap: str) -> None:
    assert read_choice("父母、配偶或子女", tap, WHOSE) == "direct"


def test_without_options_nothing_can_be_chosen() -> None:
    with pytest.raises(NotUnderstood):
        read_choice("1", "1", ())
