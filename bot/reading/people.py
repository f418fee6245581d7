"""Names, identity numbers and telephone numbers as people write and say them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.reading.agreement import weigh
from bot.reading.numbers import numbers_in
from casework import names
from policy import identity_number
from policy.identity_number import Flaw, NotAnIdentityNumber
from policy.reading.plain import tidy_or_refuse
from policy.reading.understood import LONGEST, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_HESITATION = re.compile(r"(?:嗯+|呃+|那个|这个|就是(?!我)|[额啊哦唉哎喂](?=[,，。、\s])|您好|你好)[,，。、.\s]*")
_SURNAME_FIRST = re.compile(r"(?:我|免贵)?姓[^,，。\s]{1,2}[,，。\s]+")
# no name holds a 叫: 我婆婆叫……, 我的名字是……
_SAYS_SO = re.compile(
    r"[^,，。;；、\s]{0,10}?(?:(?:名字|姓名|大名)(?:叫做?|叫作|是|就是|为|[:：])?|名叫|叫[做作我]?)[:：,，\s]*"
)
_AM = re.compile(r"(?:我|他|她|老人|本人)(?:就)?[是系]|我姓名|本人|我")
_NAME_TAIL = re.compile(r"(就是我|是我|的名字|先生|女士|同志|[(（]本人[)）]|啊|吧|呢|呀|咯|哒|嘛)$")
_NO_NAME = re.compile(
    r"不(知道|晓得|告诉|想|说|是|清楚|记得|认识)|什么|么子|怎么|为啥|[?？]|吗$|忘[记了]|叫不出|哪|的(?:女儿|儿子|爱人|老[公婆伴]|[妈爸父母家孙侄亲媳外邻弟哥姐妹])"
)
# Who it is by kin, or what somebody wants, is no name either.
_OTHER_ANSWER = re.compile(
    r"登记|注册|认证|绑定|身份证|走[失丢]|[去过]世|[稍等]等|等一?[下会哈]|^[帮给替]|^我?(?:的|屋里)?"
    r"(?:[妈爸]{1,2}|老?[娘爹]|爷爷|奶奶|外公|外婆|公公|婆婆|嗲嗲|娭毑|老[公婆伴]|儿子|女儿|父亲|母亲|自己|本人)$"
)
# Whose name it is may stand before it: 我妈李桂香.
_KIN = re.compile(
    r"[我俺他她]?的?(?:屋里|家里?)?(?:老[头倌太爷]子?|老[公婆伴娘爹妈爸]|[妈爸]{1,2}|爷爷|奶奶|[爹娘]|外[公婆]|公公|婆婆|岳[父母]|丈母娘"
    r"|嗲嗲|娭毑|父亲|母亲|家[父母])[:：,，\s]*(?=[\u3400-\u9fff]{2})"
)
# No name holds a word for somebody who is spoken of: 找不到我妈了; nor what makes a sentence: 打钱没到, 我搬家了. The
# 不 of 阿不都 and 艾不力 is another.
_SPEAKS = re.compile(
    "[我你您她了没冇吗呢们骗搬拆找刷脸]|(?<![阿艾热布依伊])不|多少|几点|电话|手机|地址|住址|养老|退休|工资|社[区保]|[昨今明前]天"
    "|换[手地个新]|上个?月|国外|外[地省]|住院|上门|派个?人|投诉|冒领|举报|年[审检]|打卡|签到|健在|活着|病[危故]|已故|火化|现在|长期|家人|[走过]咖|[走死]的$"
)
# Whoever speaks without a pause goes on behind a name.
_GOES_ON = re.compile(r"(?<=..)(?:今年|现年|性别|住在).*")
_NOT_KNOWN = re.compile(r"^(?!.*(?:[?？吗么]|(.)[不没冇]\1|多[久少])).*[不没冇忘]")
_GREETING = re.compile(r"谢谢|[您你]好|早上好|新年好|晚安|再见|哈哈")
_SHORTEST_NAME = 2
_LONG_ENOUGH = 4  # fewer digits in a row are no try at a number
# Where a text holds several numbers, the one with the most telling flaw was meant.
_TELLING = (Flaw.CHECK_DIGIT, Flaw.BIRTHDAY, Flaw.FIFTEEN_DIGITS, Flaw.LOST_DIGITS)
_MOBILE = r"0?(1[3-9][0-9]{9})"
_LANDLINE = r"(0(?:10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8})"
_PHONE = re.compile(rf"(?:(?:00)?86)?(?:{_MOBILE}|{_LANDLINE})")
_NUMBER_TOO = re.compile(r"[0-9０-９][0-9０-９ \-]{13,22}[0-9０-９xXｘＸ]")
# What leads to the number; a sign that may end a name (张有为, 王若是) goes only with a word for the paper.
_PAPER = "(?:公民|居民)?(?:身份证?件?|证件)(?:号码|号)?|号码|ID"
_NUMBER_NAMED = re.compile(rf"(?:(?:[我他她您]|老人)?的?(?:{_PAPER})(?:是|为)?)?[,，。、;；:：\s]*$", re.IGNORECASE)
_BRACKETS = " \t,，。、;；:：()（）[]【】"
_EXTENSION = re.compile(r"转\s*[0-9]|分机")


def part_from_number(text: str) -> str:
    """Return a text without the identity number that is told in one go with a name; as it is where there is none."""
    found = _NUMBER_TOO.search(text)
    if found is None:
        return text
    before, behind = text[: found.start()].rstrip(_BRACKETS), text[found.end() :].strip(_BRACKETS)
    return _NUMBER_NAMED.sub("", before).strip(_BRACKETS) or behind


def read_name(text: str) -> str:
    """Return a person's name without spaces: 2 to 50 characters of any script. Raises NotUnderstood `name`.

    Only the width of marks is changed, never a character: compatibility forms would swap some of names for others.
    """
    if len(text) > LONGEST:
        raise NotUnderstood("name")
    name = "".join(_narrow(sign) for sign in text if unicodedata.category(sign) != "Cf")
    name = name.strip(" \t\r\n,，、。.!！~:：;；\"“”'‘’")
    said = _stripped(name)
    if _NO_NAME.search(name) or _OTHER_ANSWER.search("".join(name.split())) or _GREETING.search(said):
        raise NotUnderstood("name")
    if said != name:
        # whoever introduces a name may go on after it: 我叫张三，今年八十
        said = re.split(r"[,，。;；]", said)[0]
    said = _GOES_ON.sub("", said)
    name = _NAME_TAIL.sub("", said) if len(said) > _SHORTEST_NAME else said
    read = names.read_name(name)
    if (
        read is None or _SPEAKS.search(read) or weigh(read.lower()) is not None
    ):  # 好的 and 没有 are answers to another question
        raise NotUnderstood("name")
    return read


def read_id_number(text: str, today: date) -> str:
    """Return an identity number with the right check digit. Raises NotUnderstood with the flaw's own reason."""
    plain = tidy_or_refuse(text, Flaw.FORM.value)
    # as it stands first: a number that a spreadsheet has shortened falls apart in pieces
    numbers = {plain} if _flaw(plain, today) is Flaw.LOST_DIGITS else numbers_in(plain)
    flaws = {number: _flaw(number, today) for number in numbers if len(number) >= _LONG_ENOUGH}
    right = [number for number, flaw in flaws.items() if flaw is None]
    if len(right) == 1:
        return right[0]
    told = Flaw.FORM if right or flaws else Flaw.MISSING
    raise NotUnderstood(next((flaw for flaw in _TELLING if flaw in flaws.values() and not right), told).value)


def read_phone(text: str) -> str:
    """Return a mobile number, or a landline with its area code. Raises NotUnderstood `phone`, `phone_missing`."""
    plain = tidy_or_refuse(text, "phone")
    if _EXTENSION.search(plain):
        raise NotUnderstood("phone")
    numbers = numbers_in(plain)
    found = {one[1] or one[2] for run in numbers if (one := _PHONE.fullmatch(run))}
    if len(found) != 1:
        raise NotUnderstood("phone" if any(len(run) >= _LONG_ENOUGH for run in numbers) else "phone_missing")
    return found.pop()


def read_own_phone(text: str) -> str:
    """Return the telephone of whoever tells something, or nothing for whoever has none. Raises NotUnderstood."""
    return _or_nothing(text, read_phone, "phone_missing")


def read_id_number_if_known(text: str, today: date) -> str:
    """Return an identity number, or nothing for whoever does not have it. Raises NotUnderstood."""
    return _or_nothing(text, lambda said: read_id_number(said, today), Flaw.MISSING.value)


def _or_nothing(text: str, read: Callable[[str], str], missing: str) -> str:
    """Return what is read, or nothing where there is no number and it is said that it is not there or not known."""
    try:
        return read(text)
    except NotUnderstood as missed:
        if missed.reason == missing and _NOT_KNOWN.search(text):
            return ""
        raise


def _flaw(number: str, today: date) -> Flaw | None:
    try:
        identity_number.read(number, today=today)
    except NotAnIdentityNumber as refused:
        return refused.flaw
    return None


def _stripped(name: str) -> str:
    """Return a text without what leads to a name, one step after the other."""
    before = ""
    while before != name:
        before = name
        for lead in (_HESITATION, _SURNAME_FIRST, _SAYS_SO, _KIN, _AM):
            if (found := lead.match(name)) and len(name) > found.end():
                name = name[found.end() :].lstrip(" :：,，。")
    return name


def _narrow(sign: str) -> str:
    """Return a full-width letter or digit as a plain one, and every other character as it is."""
    return unicodedata.normalize("NFKC", sign) if "０" <= sign <= "ｚ" and sign.isalnum() else sign
