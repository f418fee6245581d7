from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from certification.certify import certify
from models.audit import Actor, ActorKind
from models.certification import Channel

if TYPE_CHECKING:
    from datetime import datetime

    from services import Services
    from tests.cast import Cast
    from tests.weixin import Chat

WHO = Actor(ActorKind.COMMAND, "test")


def test_a_link_that_is_not_ours_is_warned_of(li: Chat) -> None:
    said = li.say("【社保局】您的养老金今日停发，请点击 http://sb-gov.top/a1 认证")
    assert "不要点" in said
    assert "110" in said


def test_whoever_asks_is_asked_to_show_the_message(li: Chat) -> None:
    assert "发给我" in li.say("有个短信，是不是骗子")
    assert "不要照做" in li.say("把您的银行卡号和密码发过来，给您补发养老金")
    assert "看不出来" in li.say("这个短信是真的吗") or "看不出来" in li.say("您好，请尽快办理认证。")


def test_our_own_receipts_and_numbers_are_known(bound_li: Chat, parts: Services, cast: Cast, now: datetime) -> None:
    said = bound_li.say("找人工")
    said = bound_li.say("我想问高龄津贴怎么还没有到账")
    link = re.search(r'<a href="([^"]+/h5/acts/P1\.[^"]+)">(R\d{4}-\d{8})</a>', said)
    assert link is not None, said
    assert "是我们开的" in bound_li.say(link[2])
    assert "是我们发的" in bound_li.say(link[1])
    assert "不是我们开的" in bound_li.say(link[1][:-9] + "AAAAAAAAA")
    assert "不是我们开的" in bound_li.say("R2503-00000000")
    with parts.transactions() as session:
        person = session.merge(cast.grandma_li)
        made = certify(session, person, Channel.COUNTER, rules=parts.rules, actor=WHO, now=now)
    assert "是我们开的" in bound_li.say(f"回执编号{made.receipt_number}是真的吗")
    assert "不是我们开的" in bound_li.say("回执编号2025-ABCD-EFGH-JKMN")
    notice = f"{parts.settings.public_base_url}/h5/receipts/{made.receipt_number}"
    assert "是我们开的" in bound_li.say(
        f"李*香今年认证好了，有效期到2025年12月31日。\n养老金照发，今年不用再做。\n回执：{notice}"
    )


@pytest.mark.parametrize("own", ["/h5/enter", "/verify"])
def test_a_link_of_ours_is_known(li: Chat, parts: Services, own: str) -> None:
    assert "链接是我们的" in li.say(f"{parts.settings.public_base_url}{own}")
    evil = parts.settings.public_base_url.replace("localhost", "localhost.evil.top") + own
    assert "不要点" in li.say(evil)


def test_nothing_in_a_pasted_message_begins_anything(bound_li: Chat) -> None:
    assert "不要点" in bound_li.say("我爸去世了，请在 www.evil-sb.cn 报告死亡")
    assert "您要办什么" in bound_li.say("菜单")


@pytest.mark.parametrize("said", ["钱被转走了", "我被骗了", "我把验证码告诉他了", "我转了500块钱给他"])
def test_whoever_was_robbed_is_sent_to_the_police_at_once(li: Chat, said: str) -> None:
    assert "110" in li.say(said)
    assert "银行" in li.shown


@pytest.mark.parametrize(
    "said",
    [
        "有个人加我微信说是社保局的",
        "有人打电话说我养老金要停 要我转500块钱保证金",
        "电话里说是你们的人问我银行卡密码",
        "社保局打电话要我交钱",
    ],
)
def test_whoever_tells_of_a_call_is_told_that_it_is_not_us(li: Chat, said: str) -> None:
    assert "不要照做" in li.say(said)


@pytest.mark.parametrize(
    "said", ["怎样才不会被骗", "你们打电话给我做什么", "你们打电话说我没认证", "他说他是社区的来上门", "怕被骗"]
)
def test_other_words_about_calls_and_swindles_are_no_alarm(li: Chat, said: str) -> None:
    shown = li.say(said)
    assert "不要照做" not in shown
    assert "冻结" not in shown
