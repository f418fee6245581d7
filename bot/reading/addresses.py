"""Addresses as people write them: kept as said, but fine enough that somebody could knock at the door."""

from __future__ import annotations

import re
import unicodedata

from policy.reading.plain import tidy
from policy.reading.understood import NotUnderstood

_LEADS = re.compile(
    r"(?:嗯+|呃+|那个|就是|您好|你好|现在|目前|最近|已经|如今|我们?|他|她|老人家?|(?:我|他|她)?(?:妈妈?|爸爸?|父亲|母亲|老伴)|本人"
    r"|[家屋]里?(?=住|搬|在|现)|新家(?=是|在|住|搬)|住[在到](?!建)|住(?=[^建宅院宿])|搬家?[到去在了]+|改[成为到]|换[成到]|变更?[成为]"
    r"|(?:我?的?)?新?的?(?:家庭|居住|现)?(?:地址|住址)(?:改[成为]|是|在|为|变成)?|是(?=湖南|长沙|[^,，]{2,3}[省市区县])|在(?=[^,，]{2,})"
    r"|家(?=庭?住))[,，:：。\s]*"
)
_TAIL = re.compile(r"[,，\s]*(?:这里|那里|这边|那边)?(?:住着?|了)?(?:吧|啊|呢|哦|咯|哒|的呀|谢谢)?[,，。!！~\s]*$")
_N = "[0-9A-Za-z一二三四五六七八九十百零〇]"
_FINE = re.compile(
    rf"社区|村|居委会|小区|屋场|[路街巷道弄里]\s*(?:{_N}{{1,6}}|第{_N}{{1,4}})\s*(?:号(?!线)|弄|巷|-|—)"
    rf"|{_N}\s*(?:号(?!线)|栋|幢|座|组|单元|室|楼|队)|苑|花园|家园|公寓|宿舍|新城|坊|墅|大厦|家属院|大院"
    r"|[0-9].*[A-Za-z]{3}|[A-Za-z]{3}.*[0-9]"  # abroad
    r"|(?:养老|敬老|福利|疗养|康复|护理|医)院|(?<!九)寨"
)
_SHORTEST, _LONGEST = 6, 200
_ALLOWED_MARKS = "-—–_#,，.。()（）、·/ ;；:：\"“”'&"
_NO_ADDRESS = re.compile(r"https?:|www\.|@|^不(?:是|知道|晓得|想|搬)|怎么|什么|么子|吗$")


def read_address(text: str) -> str:
    """Return an address down to a community or a door. Raises NotUnderstood `address`, `address_short`, `address_long`.

    A care home or a hospital is fine enough: its residents belong to its community (Art. 12(1)).
    """
    if len(text) > _LONGEST * 2:
        raise NotUnderstood("address_long")
    plain = re.sub(r"\s+", " ", tidy(text))
    if _NO_ADDRESS.search(plain):
        raise NotUnderstood("address")
    address = _without_leads(plain)
    if len(address) > _LONGEST:
        raise NotUnderstood("address_long")
    if not all(unicodedata.category(sign)[0] in "LMN" or sign in _ALLOWED_MARKS for sign in address):
        raise NotUnderstood("address")
    if len(address) < _SHORTEST or not _FINE.search(address):
        raise NotUnderstood("address_short")
    return address


def _without_leads(plain: str) -> str:
    """Return a text without what people say before and after an address, and without spaces between characters."""
    at = 0
    while found := _LEADS.match(plain, at):
        at = found.end()
    address = _TAIL.sub("", plain[at:], count=1)
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", address).strip(" ，,。-—")
