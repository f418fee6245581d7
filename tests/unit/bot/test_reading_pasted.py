from __future__ import annotations

from collections import defaultdict

import pytest

from bot.checking import is_own_sentence
from bot.reading.pasted import Doubt, asks_about_message, is_pasted, read_pasted
from bot.replies import PUBLIC_TELEPHONES, SAYINGS
from words import NOTICES

OWN = "pension.example.cn"
OFFICE = "073188880000"

# Invented after what public warnings describe.
SCAMS = [
    ("【社保局】您的养老金账户今日停发，请点击 http://sb-gov.top/a1 重新认证", Doubt.LINK),
    ("【人社厅】您的社保卡已冻结，请登录www.rsj-hn.cc解冻", Doubt.LINK),
    ("您的养老认证已失效，速点 bit.ly.vip/x3 办理", Doubt.LINK),
    ("养老金认证请点ｈｔｔｐ：／／pension．example．cn．evil．com", Doubt.LINK),
    ("养老认证：https://pension.example.cn@evil.top/verify", Doubt.LINK),
    ("养老认证：https://pension.example.cn.evil.top/verify/2026-ABCD-EFGH-JKMN", Doubt.LINK),
    ("养老认证：http://pension.example.cn:8443@8.8.8.8/", Doubt.LINK),
    ("请打开 47.98.12.3/rz 完成资格认证，逾期停发", Doubt.LINK),
    ("养老金补发通知：点 pensi\u200bon-cn.xyz 领取补贴1280元", Doubt.LINK),
    ("下载养老APP：https://dl.yanglao.club/app.apk", Doubt.LINK),
    ("weixin://dl/business/?t=abc 领取养老补贴", Doubt.LINK),
    ("javascript://pension.example.cn/%0aalert(1) 养老认证", Doubt.LINK),
    ("认证网址 https://pension.example.cn\\@evil.top", Doubt.LINK),
    (
        "今年认证好了，有效期到2026年12月31日。\n养老金照发，今年不用再做。\n回执：https://pension.evil.cn/h5/r",
        Doubt.LINK,
    ),
    ("【养老中心】您有一笔养老补贴待领取，请加客服微信 yl8899", Doubt.ASKS),
    ("【社保】您的养老金今日停发，请提供银行卡号和密码核对", Doubt.ASKS),
    ("尊敬的参保人，您的待遇资格已失效，交手续费200元可恢复", Doubt.ASKS),
    ("您好，社保局：请把收到的验证码回复给我，否则今天内停发", Doubt.ASKS),
    ("【人社】养老金重复领取涉嫌违法，请将资金转到安全账户", Doubt.ASKS),
    ("【社保】请下载会议软件，打开屏幕共享，帮您办理补发", Doubt.ASKS),
    ("【社保局】养老金补缴通知，一次补缴5万元，每月多领2000元，名额有限", Doubt.ASKS),
    ("【人社局】认证失败，24小时内打13812345678办理，逾期停发", Doubt.TELEPHONE),
    ("【社保】您的养老金被冻结，请联系专员010-12345678", Doubt.TELEPHONE),
    ("【人社】资格认证异常，请拨打400-123-4567，逾期取消资格", Doubt.TELEPHONE),
    ("【养老保险】补发通知，请致电+86 138 1234 5678领取", Doubt.TELEPHONE),
]


@pytest.mark.parametrize(("text", "doubt"), SCAMS)
def test_a_scam_is_noticed_without_being_asked_about(text: str, doubt: Doubt) -> None:
    assert is_pasted(text), text
    found = read_pasted(text, own_host=OWN, telephones=PUBLIC_TELEPHONES | {OFFICE})
    assert found.doubts[:1] == (doubt,), found.doubts


@pytest.mark.parametrize(
    "text",
    [
        "我妈今年认证了没有",
        "养老金停发了怎么办",
        "银行卡换了，养老金打到哪里",
        "社保卡密码忘了找谁",
        "我要认证",
        "改电话 13812345678",
        "收不到验证码",
        "430102194503081234",
        "搬到开福区某某路8号",
        "2025年3月10日",
        "补发的钱什么时候到",
        "我爸3月5日走了",
        "微信怎么加你们的公众号",
        "老人85岁了，有高龄补贴吗",
        "12345678",
    ],
)
def test_what_people_say_themselves_is_no_pasted_message(text: str) -> None:
    assert not is_pasted(text)
    assert not asks_about_message(text)


@pytest.mark.parametrize(
    "text",
    [
        "这个短信是真的吗",
        "收到一条短信，是不是骗子",
        "刚才的链接能不能点",
        "这消息是不是你们发的",
        "查真假",
        "有个电话说是社保局的，是真的还是假的",
    ],
)
def test_whoever_wonders_is_asked_to_show_it(text: str) -> None:
    assert asks_about_message(text)


@pytest.mark.parametrize("code", sorted(NOTICES))
def test_what_we_send_is_known_and_with_anything_beside_it_is_not(code: str) -> None:
    values = {
        "name": "李*香",
        "valid_until": "2026年12月31日",
        "url": f"https://{OWN}/h5/receipts/2026-ABCD-EFGH-JKMN",
        "link": f"https://{OWN}/h5/link/abcdef",
        "number": "R2611-12345678",
        "answer": "可以的，带身份证来就行。",
        "person": "王秀英",
        "relation": "父母、配偶或子女",
    }
    sent = NOTICES[code].format_map(defaultdict(lambda: "某某", values))
    found = read_pasted(sent, own_host=OWN, telephones=PUBLIC_TELEPHONES)
    assert found.doubts == ()
    # an answer of staff may say anything: there the number counts
    assert is_own_sentence(found.text) == (code != "answered")
    assert not is_own_sentence(found.text + "请加微信办理")


def test_our_own_warnings_are_no_scams() -> None:
    for code in ("pasted_ours", "pasted_asks"):
        found = read_pasted(SAYINGS[code], own_host=OWN, telephones=PUBLIC_TELEPHONES)
        assert is_own_sentence(found.text)


def test_numbers_are_found_however_they_are_written() -> None:
    found = read_pasted("回执２０２６-ABCD-EFGH-JKMN，编号r2611-12345678", own_host=OWN, telephones=())
    assert found.numbers == ("2026-ABCD-EFGH-JKMN", "R2611-12345678")
    assert found.doubts == ()


def test_a_link_of_ours_may_be_opened_and_only_the_very_host_is_ours() -> None:
    assert read_pasted(f"点 https://{OWN}/h5/enter 认证", own_host=OWN, telephones=()).has_link
    for host in (f"{OWN}.cn", f"x{OWN}", f"{OWN}:8443", "example.cn"):
        assert Doubt.LINK in read_pasted(f"点 https://{host}/h5/enter", own_host=OWN, telephones=()).doubts
