from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.codes import read_code
from bot.reading.people import read_id_number, read_name, read_own_phone, read_phone
from policy.identity_number import check_digit
from policy.reading.understood import NotUnderstood

TODAY = date(2026, 11, 23)
# The number printed in GB 11643-1999 as its own example of the check digit; the others are made with that digit.
EXAMPLE = "11010519491231002X"
PLAIN = "43010219500307123" + check_digit("43010219500307123")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
MOBILE = "13800001234"

NAMES = {
    "张三": "张三",
    "张三。": "张三",
    " 张 三 ": "张三",
    "我叫张三": "张三",
    "我叫张三。": "张三",
    "嗯，我叫张三吧": "张三",
    "那个，我叫张三": "张三",
    "我是张三": "张三",
    "我系张三": "张三",
    "我是张三啊": "张三",
    "姓名是张三": "张三",
    "姓名：张三": "张三",
    "名字叫张三": "张三",
    "我的名字叫张三": "张三",
    "我的名字是张三": "张三",
    "叫张三": "张三",
    "他叫张三": "张三",
    "我妈妈叫李四": "李四",
    "我爸叫张三": "张三",
    "老人叫张三": "张三",
    "您好，我叫张三": "张三",
    "我叫张三，今年八十岁": "张三",
    "我叫张三今年八十岁了": "张三",
    "张三就是我": "张三",
    "我姓张，叫张三": "张三",
    "免贵姓张，张三": "张三",
    "我婆婆叫李四": "李四",
    "我妈李四": "李四",
    "我爸爸，张三": "张三",
    "我老伴张小山": "张小山",
    "老舍": "老舍",
    "李换英": "李换英",
    "阿不都·热合曼": "阿不都·热合曼",
    "我爷老子叫张三": "张三",
    "就叫张三": "张三",
    "叫我张三": "张三",
    "本人张三": "张三",
    "张三先生": "张三",
    "张三（本人）": "张三",
    "欧阳小山": "欧阳小山",
    "那英子": "那英子",
    "那小山": "那小山",
    "都小山": "都小山",
    "是小山": "是小山",
    "阿依古丽·买买提": "阿依古丽·买买提",
    "阿依古丽•买买提": "阿依古丽·买买提",
    "阿依古丽・买买提": "阿依古丽·买买提",
    "阿依古丽.买买提": "阿依古丽·买买提",
    "阿依古丽 · 买买提": "阿依古丽·买买提",
    "罗桑益西丹增": "罗桑益西丹增",
    "𠮷小山": "𠮷小山",
    "我叫𠮷䶮": "𠮷䶮",
    "䶮小山": "䶮小山",
    "\ufa11小山": "\ufa11小山",
    "張小山": "張小山",
    "Ｊｏｈｎ Doe": "JohnDoe",
    "O'Neil": "O'Neil",
    "张\u200b三": "张三",
    "山" * 50: "山" * 50,
}
NO_NAMES = [
    "",
    "。",
    "张",
    "我叫张",
    "张3",
    "张三80岁",
    "13800001234",
    EXAMPLE,
    "https://example.org/张三",
    "张三😀",
    "😀😀",
    "山" * 51,
    "山" * 600,
    "不知道",
    "不告诉你",
    "你叫什么",
    "为什么要问",
    "你好",
    "谢谢",
    "是的",
    "好的",
    "没有",
    "同意",
    "不是张三",
    "我是李四的女儿",
    "等一下",
    "我妈妈",
    "自己",
    "认证",
    "给我妈妈登记",
    "叫不出名字",
    "打钱没到",
    "我搬家了",
    "摄像头打不开",
    "我老头子走了",
    "我爸健在",
    "家母已故了",
    "人在国外",
    "社区电话多少",
    "我被骗了",
    "要刷脸",
    "叫什么名字",
    "张三吗",
    "<b>张三</b>",
    "张三\x00",
    "́́́",
    "···",
]


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_read_and_none_of_its_characters_changed(text: str) -> None:
    assert read_name(text) == NAMES[text]


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_name(text)
    assert refused.value.reason == "name"


ID_NUMBERS = {
    EXAMPLE: EXAMPLE,
    EXAMPLE.lower(): EXAMPLE,
    "１１０１０５１９４９１２３１００２Ｘ": EXAMPLE,
    "110105 19491231 002X": EXAMPLE,
    "110105-19491231-002x": EXAMPLE,
    "1101，0519，4912，3100，2X": EXAMPLE,
    "身份证号码是11010519491231002X。": EXAMPLE,
    "我的身份证号：11010519491231002X": EXAMPLE,
    "嗯，11010519491231002X吧": EXAMPLE,
    "11010519491231002叉": EXAMPLE,
    "11010519491231002艾克斯": EXAMPLE,
    "11010519491231002尾号X": EXAMPLE,
    "11010519491231002，最后一位是X": EXAMPLE,
    "11010519491231002最后是个叉": EXAMPLE,
    "11010519491231002×": EXAMPLE,
    "一一零一零五一九四九一二三一零零二叉": EXAMPLE,
    "幺幺零幺零五幺九四九幺二三幺零零二叉": EXAMPLE,
    "一一零一零五，一九四九一二三一，零零二艾克斯。": EXAMPLE,
    PLAIN.translate(SPOKEN): PLAIN,
    f"我有一个身份证，{PLAIN}": PLAIN,
    f"{PLAIN}是我的号码": PLAIN,
    f"身份证{PLAIN}电话{MOBILE}": PLAIN,
}
NO_ID_NUMBERS = {
    "": "id_number_missing",
    "。": "id_number_missing",
    "不知道": "id_number_missing",
    "忘记带了": "id_number_missing",
    "110105491231002": "id_number_fifteen_digits",
    "110105 491231 002": "id_number_fifteen_digits",
    "一一零一零五四九一二三一零零二": "id_number_fifteen_digits",
    "我的是110105491231002": "id_number_fifteen_digits",
    "110105194912310021": "id_number_check_digit",
    "号码110105194912310021": "id_number_check_digit",
    "11010519491331002X": "id_number_birthday",
    "11010520991231002X": "id_number_birthday",
    "1101051949123100": "id_number_form",
    "1101": "id_number_form",
    "110105194912310022X3": "id_number_form",
    "1.10105E+17": "id_number_lost_digits",
    f"{EXAMPLE} {PLAIN}": "id_number_form",
    "1" * 600: "id_number_form",
    "Ａ１２３４５６７８９": "id_number_form",
}


@pytest.mark.parametrize("text", ID_NUMBERS)
def test_an_identity_number_is_read_as_typed_or_said(text: str) -> None:
    assert read_id_number(text, TODAY) == ID_NUMBERS[text]


@pytest.mark.parametrize("text", NO_ID_NUMBERS)
def test_a_flaw_of_an_identity_number_has_its_own_reason(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_id_number(text, TODAY)
    assert refused.value.reason == NO_ID_NUMBERS[text]


@given(st.dates(date(1930, 1, 1), TODAY), st.integers(0, 999), st.sampled_from(["", "嗯，", "我的号码是"]))
def test_every_identity_number_can_be_spoken(birthday: date, serial: int, before: str) -> None:
    first = f"430102{birthday:%Y%m%d}{serial:03d}"
    number = first + check_digit(first)
    assert read_id_number(before + number.translate(SPOKEN).replace("X", "叉"), TODAY) == number


PHONES = {
    MOBILE: MOBILE,
    "１３８００００１２３４": MOBILE,
    "138 0000 1234": MOBILE,
    "138-0000-1234": MOBILE,
    "138，0000，1234。": MOBILE,
    "+86 138 0000 1234": MOBILE,
    "+8613800001234": MOBILE,
    "008613800001234": MOBILE,
    "8613800001234": MOBILE,
    "013800001234": MOBILE,
    "一三八零零零零一二三四": MOBILE,
    "幺三八零零零零幺两三四": MOBILE,
    "我的电话是13800001234": MOBILE,
    "手机号：13800001234啊": MOBILE,
    "打13800001234这个": MOBILE,
    "我家2楼，电话13800001234": MOBILE,
    "13800001234，13800001234": MOBILE,
    "0731-84560000": "073184560000",
    "（0731）84560000": "073184560000",
    "0731 8456 0000": "073184560000",
    "010-84560000": "01084560000",
    "0744-8456000": "07448456000",
}
NONE_SAID = ["", "没有电话", "不记得", "110"]
NO_PHONES = [
    "1380000123",
    "138000012345",
    "12800001234",
    "84560000",
    "10086",
    "13800001234 13900001234",
    "0731-84560000转801",
    EXAMPLE,
    "2026年3月5日",
    "1" * 600,
]


@pytest.mark.parametrize("text", PHONES)
def test_a_telephone_number_is_read_as_typed_or_said(text: str) -> None:
    assert read_phone(text) == PHONES[text]


@pytest.mark.parametrize("text", NO_PHONES)
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_phone(text)
    assert refused.value.reason == "phone"


@pytest.mark.parametrize("text", NONE_SAID)
def test_whoever_gives_no_number_is_told_so(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_phone(text)
    assert refused.value.reason == "phone_missing"


@pytest.mark.parametrize("text", ["没有电话", "我冇得手机", "不记得"])
def test_whoever_tells_something_may_have_no_telephone(text: str) -> None:
    assert read_own_phone(text) == ""


@pytest.mark.parametrize("text", ["1380000123", "没有，打1380000123", "好的"])
def test_a_telephone_that_was_misread_is_not_taken_for_none(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_own_phone(text)


@pytest.mark.parametrize(
    "text",
    [
        "12345678",
        "1234 5678",
        "12 34 56 78",
        "1234-5678",
        "１２３４５６７８",
        "12345678。",
        "一二三四五六七八",
        "幺二三四五六七八",
        "一二三四，五六七八",
        "确认码是12345678",
        "码：12345678吧",
        "社区给我一个码，12345678",
        f"12345678，我的电话{MOBILE}",
    ],
)
def test_a_code_is_read_as_typed_or_said(text: str) -> None:
    assert read_code(text) == "12345678"


@pytest.mark.parametrize(
    "text", ["", "没有", "1234567", "123456789", MOBILE, "12345678X", "12345678 87654321", "1" * 600]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_code(text)
    assert refused.value.reason == "code"
