from __future__ import annotations

import pytest

from bot.reading.choices import read_yes_no
from policy.reading.understood import NotUnderstood

YES = [
    "是", "是的", "是的。", "是滴", "是咯", "对", "对的", "对！", "对对对", "对头", "好", "好的", "好滴", "好吧",
    "好嘞", "嗯", "嗯嗯", "嗯，对", "行", "行吧", "可以", "可以的", "可以啊", "同意", "我同意", "同意了", "没错",
    "没错的", "对，没错", "没有错", "冇错", "没问题", "没得问题", "冇得问题", "没意见", "要得", "要得咯", "要得啊",
    "做得", "正确", "确认", "愿意", "我愿意", "中", "OK", "ok", "Ok", "好的好的", "是的是的", "1", "１", "①",
    "一", "1.", "第一个", "选1", "1，对", "是我", "是我本人", "是本人", "就是我", "都对", "全对", "地址对的",
    "信息没错", "这个地址是对的", "是这样的", "没写错", "同意处理我的个人信息", "我同意用我的脸认证",
    "我愿意让女儿帮我", "看完了，同意", "👌", "√", "当然可以", "肯定是的", "一样的", "没毛病", "晓得了，同意",
    "嗯呐",
]  # fmt: skip
NO = [
    "不", "不是", "不是的", "不是滴", "不对", "不对的", "不同意", "我不同意", "不行", "不要", "不用", "不用了",
    "不好", "不可以", "不肯", "不愿意", "没有", "错", "错了", "有错", "写错了", "电话写错了", "名字不对",
    "地址不对", "有一个字错了", "最后一位不对", "冇", "冇得", "不得行", "要不得", "莫搞", "别", "否", "不不不",
    "不是不是", "不，不对", "不是，错了", "2", "２", "②", "二", "2.", "第二个", "选2", "2，不对", "不是我",
    "不是这个", "不是本人", "no", "NO", "×", "不同意用我的脸", "不愿意让他帮我", "是错的", "不正确", "反对", "拒绝",
    "好像不对", "不搞", "有问题", "不是，是另外一个",
]  # fmt: skip
NEITHER = [
    "是不是", "对不对", "好不好", "要不要", "行不行", "可不可以", "同不同意", "是吗", "对吗", "是吗？", "对？",
    "什么", "么子", "3", "12", "11", "0", "是不", "要不", "要不然", "说不好", "说不清", "不知道", "不清楚",
    "不晓得", "晓得哒", "随便", "也许", "算了吧", "是或者不是", "对还是不对", "同意，但是不要存照片",
    "如果安全就同意", "同意不同意", "不是不同意", "不是不对", "没有不同意", "再说", "我再想想", "等我女儿来",
    "商量一下", "一样吗", "张三", "长沙市开福区", "不要紧", "没关系", "我不是不愿意", "先看看", "除非你们保密",
    "怎么同意", "一下", "。", "知道了", "不明白", "有没有问题", "不，没错吧",
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_yes_is_heard(text: str) -> None:
    assert read_yes_no(text, None) is True


@pytest.mark.parametrize("text", NO)
def test_no_is_heard(text: str) -> None:
    assert read_yes_no(text, None) is False


@pytest.mark.parametrize("text", ["", *NEITHER, "对" * 600, "是 不是", "对，不对", "好，错了吗"])
def test_what_is_not_plainly_yes_or_no_is_neither(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_yes_no(text, None)
    assert refused.value.reason == "yes_no"


def test_a_tap_answers() -> None:
    assert read_yes_no("", "1") is True
    assert read_yes_no("", "2") is False
    assert read_yes_no("不对", "0") is False


@pytest.mark.parametrize("before", ["嗯，", "呃 ", "那个，", "啊，"])
@pytest.mark.parametrize("after", ["。", "！", "~", " ", "啊", "吧", "呢"])
def test_fillers_change_no_answer(before: str, after: str) -> None:
    changed = [text for text in YES + NO if read_yes_no(f"{before}{text}{after}", None) is not (text in YES)]
    assert changed == []
