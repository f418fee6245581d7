"""Weighing yes against no: a text counts only when everything in it says one of them, or nothing at all."""

from __future__ import annotations

import re

_ASKED = re.compile(
    r"[?？]|吗|是否|(?<![不没冇])(?![不没冇])([\u4e00-\u9fff])(不|没|冇)\1|什么|么子|怎|如何|为啥|哪|谁|多少|不(?:知道|晓得|明白|了解|清楚|懂)"
    r"|(是|对|好|行|要)(不|没|冇)$|要不(?!得)|^说不"
)
_CONDITION = re.compile(r"如果|要是|的话|假如|除非|但|不过|只是|只能|等|再说|想想|考虑|商量|万一|先|或者|还是")
_TWICE_DENIED = re.compile(
    r"(不是|并非|没有|没|不会|不能|不得)(?!\1)(不(?!是)|没(?!有)|冇)|(不是|并非|不会)(错|有错)|不不(同意|对|行|好|愿)"
)
_NO = (
    "不是 不对 不同意 不行 不要 不用 不好 不可以 不可 不可能 不能 不肯 不愿意 不愿 不想 不准 不正确 不一样"
    " 不需要 不得行 不搞 不干 不了 不 没有 没 冇得 冇 要不得 莫要 莫搞 莫 别 否 错误 错 有错 写错 搞错 弄错"
    " 打错 填错 说错 讲错 念错 有误 有问题 反对 拒绝 no nope n × ✗ ✘ ❌ 👎 [弱]"
)
_YES = (
    "是 对头 对 好 行 中 可以 可 同意 没有错 没错 冇错 冇得错 没搞错 冇搞错 没写错 没有写错 不会错 不得错"
    " 错不了 没问题 没有问题 冇问题 冇得问题 没得问题 没得错 没得意见 没意见 没有意见 冇意见 要得 要 没毛病"
    " 做得 搞得 行得 作得 正确 准确 确认 确定 无误 愿意 乐意 需要 一样 ok okay okk yes yeah yep y √ ✓ ✔ ✅ 👌"
    " 👍 /:ok [ok] [强] 嗯嗯 嗯"
)
_FILLERS = (
    "我们 我 他 她 它 您 你 本人 自己 都 全部 全 完全 当然 肯定 也 很 非常 已经 看完 看过 看 就 那个 那 这个"
    " 这些 这样 这 的 了 吧 啊 呢 呀 嘛 哦 噢 咯 啦 喽 呐 哈 噻 嘞 咧 唻 哒 滴 呃 额 唉 哎 地址 名字 姓名"
    " 信息 号码 电话 日期 内容 上面 写 说 讲 知道 晓得 明白 了解 清楚 谢谢 选 回复 按"
)
_DIGIT = "[0-9一二三四五六七八九十]"
_NUMBER = re.compile(
    rf"第([12一二])[个项种号条]?(?!{_DIGIT})|(?<!{_DIGIT})([12一二])(?!{_DIGIT}|[个项种条位点样下些])[号.]?"
)
_BREAKS = re.compile(r"[\s,，、.。!！~～…:：;；()]+")
# Whoever says what they agree to says it behind the word; nothing there takes it back or agrees to a part of it.
_BEGINS = r"(?:(?:嗯|呃|啊|那个|好的?|是的?|我|都|完全)[,，\s]*){0,5}"
_AGREES_TO = re.compile(_BEGINS + r"(?:同意(?!书)|愿意)[^一半部第前后不没别莫冇但除如若吗?,，。;；]{1,20}")
_REFUSES_TO = re.compile(_BEGINS + r"(?:不同意|不愿意|不想)[^不没别莫冇但除如若吗?,，。;；]{1,20}")
_WRONG = re.compile(
    r"(?<!没)(?<!没有)(?<!冇)(不对|错了|错的|写错|搞错|弄错|填错|打错|不正确|(?:^[嗯呃啊]*|[,，。])不(?:是|对)?[,，。!！])"
)
_RIGHT = re.compile(r"没|冇|不错|不会|不得|错不了|对的|是的|正确的")


_SIDES = dict.fromkeys(_FILLERS.split()) | dict.fromkeys(_YES.split(), True) | dict.fromkeys(_NO.split(), False)
# 是 and 好 before another word are how a sentence begins: 是错的, 好，不要
_WEAK = {"是", "要", "好", "嗯", "嗯嗯"}
_WORD = re.compile("|".join(re.escape(word) for word in sorted(_SIDES, key=len, reverse=True)))


def weigh(plain: str) -> bool | None:
    """Return whether a tidy text in small letters says yes or no; None where it says neither, both or asks.

    A condition (同意，但是……) and a doubled denial are neither: consent has to be plain.
    """
    halting = "".join(plain.split())
    if _ASKED.search(halting) or _CONDITION.search(plain) or _TWICE_DENIED.search(plain):
        return None
    if _REFUSES_TO.fullmatch(plain):
        return False
    if _AGREES_TO.fullmatch(plain):
        return True
    numbers = {bool({"1", "一"} & set(found)) for found in _NUMBER.findall(plain)}
    said = _words(_BREAKS.split(_NUMBER.sub(" ", plain)))
    if said is None:
        return False if _WRONG.search(halting) and not _RIGHT.search(halting) else None
    strong = numbers | {_SIDES[word] for word in said if word not in _WEAK} - {None}
    sides = strong or {_SIDES[word] for word in said} - {None}
    return sides.pop() if len(sides) == 1 else None


def _words(pieces: list[str]) -> list[str] | None:
    """Return the words of all pieces; None when there is one that we do not know."""
    words = [word for piece in pieces for word in _WORD.findall(piece)]
    return words if sum(map(len, words)) == sum(map(len, pieces)) else None
