"""Whether a message that somebody pasted is ours: links, telephones and numbers in it, and what it asks for. Pure.

We never ask for money, passwords, codes that were sent, a bank card, an app or another account: whatever asks for one
of these is not ours, however much of it was copied from us.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Container

_MOST = 2000
# Who asks about a message is short.
_SHORT = 60
_UP_TO_SPACE = r"[^\s<>\"'，。！?；)】\]]"
# A link in any spelling: with a scheme, or a name that ends like an address, or bare numbers.
_LINK = re.compile(rf"(?:[a-z][a-z0-9+.-]{{1,15}}://|www\.){_UP_TO_SPACE}+", re.IGNORECASE)
_ENDINGS = (
    "com|cn|net|org|top|xyz|vip|cc|info|shop|club|site|online|icu|link|ltd|me|io|co|app|work|fun|ink|pw|tk|ru|中国|公司"
)
_HOST = re.compile(
    rf"(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})(?![a-z0-9-])(?::\d+)?(?:/{_UP_TO_SPACE}*)?", re.IGNORECASE
)
_ADDRESS = re.compile(rf"(?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?(?:/{_UP_TO_SPACE}*)?(?![\d.])")
_TELEPHONE = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?"
    r"(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|400[- ]?\d{3}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}|[2-9]\d{6,7}|1\d{4}|95\d{3,6})"
    r"(?![\d-])"
)
_RECEIPT = re.compile(r"(?<![0-9A-Z])\d{4}(?:[ -]?[2-9A-HJKMNP-Z]{4}){3}(?![0-9A-Z])", re.IGNORECASE)
_ACT = re.compile(r"(?<![0-9A-Z])[A-Z]\d{4}-\d{8}(?!\d)", re.IGNORECASE)
_ASKS = re.compile(
    r"密码|(?<!认)验证码|校验码|动态码|银行卡|卡号|转账|汇款|打款|转到|安全账户|保证金|手续费|工本费|解冻|激活费|缴费|补缴"
    r"|交钱|付款|扫码支付|加(我|客服|专员|微信|QQ)|微信号|qq(群|号|:|\d)|下载|安装|屏幕共享|共享屏幕|远程|腾讯会议|退税|中奖"
    r"|领奖|红包",
    re.IGNORECASE,
)
_THREATENS = re.compile(
    r"停发|冻结|失效|注销|逾期|作废|取消资格|涉嫌|立案|逮捕|最后(一天|期限)|今[日天](内|之前)|24小时|补贴|补发|领取"
)
_SENDER = re.compile(r"【[^】]{2,20}】|\[[^\]]{2,20}\]|尊敬的|您好[,!].{0,6}(社保|养老|人社)")
_ASKED_ABOUT = re.compile(
    r"(短信|消息|信息|链接|网址|电话|二维码|微信|回执|通知).{0,12}(真的|假的|真假|骗|是不是你们|是你们|靠谱|可信|能不能点|能点)"
    r"|(是不是|是).{0,4}(诈骗|骗子|骗人的|你们发的|你们打的)|^[查验辨](一下)?真假|查真假|是真是假"
    r"|^[这那](一?[个条])?(都)?(是不是|是)(真的|假的)(还是|吗|吧|嘛|啊|$)"
)
_ABOUT_US = re.compile(
    r"^(请问)?(你|您)们?(这里?|这个)?(到底|究竟)?(是不是|是|不是|不会是|怕是)?(真的?|假的?|骗子|骗人的?|骗钱的?|诈骗)(假的?|吗|吧|啊|嘛|么|不|咯|还是.{1,4})*[?？!！。]*$"
)


_ROBBED = re.compile(
    r"(钱|款|存款|卡里).{0,6}(被|让人|遭).{0,6}(转|骗|划|刷|取)|(?<![没冇怕会])被(人)?骗(?!子)|上了?当|骗了我|骗走"
    r"|(验证码|密码|卡号).{0,4}(告诉|给|发|说|报|讲).{0,2}了?(他|她|别人|人家|对方)了?$"
    r"|[转打汇](了|过).{0,8}[元块钱款].{0,4}(给他|给她|过去|给对方|给人)"
)
# The community does call and visit: only who wants money or a secret is nobody of ours.
_CALLED = re.compile(r"有(一?个)?人|说是|自称|[打来](了)?电话|电话里|[喊叫让要]我")
_WANTS = re.compile(r"点.{0,4}(链接|网址|连接)|[转交汇打].{0,8}[元块钱]|身份证.{0,3}[拍发照]")


class Doubt(StrEnum):
    """What in a message is not ours, the worst first."""

    LINK = "link"
    ASKS = "asks"
    TELEPHONE = "telephone"


@dataclass(frozen=True)
class Pasted:
    """What a pasted message holds. numbers: of receipts and acts, as they are printed; has_link: one that is ours."""

    doubts: tuple[Doubt, ...]
    numbers: tuple[str, ...]
    has_link: bool
    text: str


def is_pasted(text: str) -> bool:
    """Say whether somebody seems to have pasted a message that came from elsewhere."""
    plain = _plain(text)
    if _links(plain) or _RECEIPT.search(plain) or _ACT.fullmatch(plain.strip()):
        return True
    return bool(_SENDER.search(plain) and (_ASKS.search(plain) or _THREATENS.search(plain)))


def tells_of_loss(text: str) -> bool:
    """Say whether somebody tells that they gave money or a secret away."""
    return len(text) <= _SHORT and bool(_ROBBED.search(_plain(text)))


def tells_of_impostor(text: str) -> bool:
    """Say whether somebody tells of a call or a visitor who wants money or a secret of them."""
    plain = _plain(text)
    return len(text) <= _SHORT and bool(_CALLED.search(plain) and (_ASKS.search(plain) or _WANTS.search(plain)))


def asks_about_message(text: str) -> bool:
    """Say whether somebody asks about a message without showing it."""
    return len(text) <= _SHORT and bool(_ASKED_ABOUT.search(_plain(text)))


def asks_about_us(text: str) -> bool:
    """Say whether somebody asks whether we ourselves are to be trusted: 你是真的吗."""
    return len(text) <= _SHORT and bool(_ABOUT_US.search(_plain(text).strip()))


def read_pasted(text: str, *, own_host: str, telephones: Container[str]) -> Pasted:
    """Return what a message holds; telephones: ours and the public ones, digits only."""
    plain = _plain(text)
    links = _links(plain)
    rest = plain
    for link in links:
        rest = rest.replace(link, " ")
    hosts = [_host_of(link) for link in links]
    doubts = []
    if any(host != own_host for host in hosts):
        doubts.append(Doubt.LINK)
    if _ASKS.search(rest):
        doubts.append(Doubt.ASKS)
    numbers = tuple(dict.fromkeys([*_RECEIPT.findall(plain), *(found.upper() for found in _ACT.findall(plain))]))
    for number in numbers:
        rest = rest.replace(number, " ")
    called = (re.sub(r"\D", "", found) for found in _TELEPHONE.findall(_ACT.sub(" ", rest)))
    if any(number not in telephones for number in called):
        doubts.append(Doubt.TELEPHONE)
    return Pasted(tuple(doubts), numbers, bool(links) and Doubt.LINK not in doubts, plain)


def _plain(text: str) -> str:
    """Return the text in plain signs: wide ones are narrow, and what nobody sees is gone."""
    folded = unicodedata.normalize("NFKC", text[:_MOST]).replace("。com", ".com").replace("。cn", ".cn")
    return "".join(sign for sign in folded if unicodedata.category(sign) not in {"Cf", "Cc"} or sign == "\n")


def _links(plain: str) -> list[str]:
    found = _LINK.findall(plain)
    rest = _LINK.sub(" ", plain)
    return [*found, *(match[0] for match in _HOST.finditer(rest)), *(match[0] for match in _ADDRESS.finditer(rest))]


def _host_of(link: str) -> str:
    """Return the host of a link as a browser would; one that cannot be read is nobody's."""
    if "\\" in link or "@" in link:
        return ""  # read in different ways by different programs: no link of ours has them
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"}:
        return ""
    return f"{host}:{port}" if port else host
