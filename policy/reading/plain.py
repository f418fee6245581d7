"""Making texts alike before they are read: width, spaces, fillers, spoken numbers."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from policy.reading.understood import LONGEST, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Iterator

# 幺 is how people say 1 in long numbers, 洞 and 拐 what former soldiers say for 0 and 7; the rest is banker's writing.
_SPOKEN = str.maketrans("零〇○一二三四五六七八九幺两洞拐壹贰叁肆伍陆柒捌玖", "00012345678912" + "07" + "123456789")
_BANKERS = str.maketrans("壹贰叁肆伍陆柒捌玖拾○", "一二三四五六七八九十〇")
# What keyboards and copying add unseen: zero-width signs, and what turns a digit into a coloured key.
_UNSEEN = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F, 0x20E3, 0xAD])
_MARKS = " \t\r\n,，、.。!！~～…:：;；"
_FILLERS_BEFORE = re.compile(
    r"嗯|呃|额|啊|哦|噢|唉|哎呀?|喂|那个|这个|那就|那|就是|就|我说|我想要?|我要|我选|我|想|要|选择?|请问?|麻烦|帮忙"
    r"|帮我|给我|好的?|行|是的?|对的?|应该是|可能是|大概是|回复|按|点|数字|选项|序号|编号|您好|你好"
)
_FILLERS_AFTER = re.compile(
    r"(吧|啊|呢|呀|嘛|哦|咯|啦|喽|哈|噻|嘞|咧|唻|的|了|哒|滴|一下|谢谢|那个|这个|就行|就好|就可以|好了|可以|行)$"
)
_DIGIT = "[一二两三四五六七八九]"
_IN_WORDS = re.compile(
    rf"(?:({_DIGIT})千(?=零|〇|{_DIGIT}百|$))?[零〇]?(?:({_DIGIT})百(?=零|〇|{_DIGIT}?十|$))?[零〇]?(?:({_DIGIT})?(十))?[零〇]?({_DIGIT})?"
)
_LONGEST_IN_WORDS = 9
_LONGEST_ANSWER = 40


def tidy(text: str) -> str:
    """Return `text` in one width, without unseen signs, spaces around it and the marks at its ends."""
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN)).strip(_MARKS)


def tidy_or_refuse(text: str, reason: str) -> str:
    """Return a tidy text; raise NotUnderstood for one that is longer than people write, before and after widening."""
    if len(text) > LONGEST or len(plain := tidy(text)) > LONGEST:
        raise NotUnderstood(reason)
    return plain


def lighter_forms(text: str) -> Iterator[str]:
    """Yield a tidy text, then what is left of it as fillers are taken from its front and its end.

    Never an empty text: a filler that is everything said stays. A long text is no short answer, and left alone.
    """
    if len(text) > _LONGEST_ANSWER:
        yield text
        return
    while True:
        lighter = text
        yield lighter
        while (found := _FILLERS_BEFORE.match(lighter)) and (rest := lighter[found.end() :].lstrip(_MARKS)):
            lighter = rest
            yield lighter
        shorter = _FILLERS_AFTER.sub("", text).rstrip(_MARKS)
        if shorter in {text, ""}:
            return
        text = shorter


def digits_of(text: str) -> str:
    """Return a text with spoken digits written as digits: 四三零 is 430."""
    return text.translate(_SPOKEN)


def read_number(text: str) -> int | None:
    """Return the number that a text is: up to four digits, or words (十二, 两千零六); None for anything else."""
    if re.fullmatch(r"[0-9]{1,4}", text):
        return int(text)
    text = text.translate(_BANKERS)
    found = _IN_WORDS.fullmatch(text) if 0 < len(text) <= _LONGEST_IN_WORDS else None
    if found is None:
        return None
    thousands, hundreds, tens, mark, ones = found.groups()
    places = (thousands, hundreds, tens or ("一" if mark else None), ones)
    return int("".join(digits_of(place or "零") for place in places))
