"""A question about policy in the chat window: its source, a question back, and a person's answer where we know none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.device import DESK
from tests.browser.test_home_visit import is_at_ease, log_in
from tests.browser.test_simulator import Window
from tests.policy_weights import WEIGHTS_DIR, shipped_answerer
from tests.staff import CITY

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

UNKNOWN = "我老倌子走了，丧葬费能领多少钱"
ANSWER = "丧葬补助请带死亡证明和身份证，到区社保窗口办。"


def answer_at_the_desk(desk: Device, server: LiveServer) -> None:
    """Let an officer of the city take the one ticket there is, answer it, and begin a topic with the question."""
    who = ["--login", "shiju", "--name", "周科长", "--role", "city_officer", "--region", CITY]
    log_in(desk, "shiju", json.loads(server.flask("staff", "add", *who, "--json"))["password"])
    page = desk.page
    page.get_by_role("link", name="工单", exact=True).click()
    page.get_by_role("link", name=re.compile("^R")).click()
    expect(page.locator(".said").first).to_contain_text("丧葬费")
    page.get_by_role("button", name="领取").click()
    page.get_by_label("答复（会发给对方）").fill(ANSWER)
    is_at_ease(desk, "policy-ticket")
    page.get_by_role("button", name="办结").click()
    expect(page.locator(".facts")).to_contain_text("已办结")
    page.get_by_role("link", name="政策问答").click()
    is_at_ease(desk, "policy-knowledge")
    page.get_by_role("link", name="都不合适，做一个新主题").click()
    expect(page.get_by_label("例句")).to_have_value(re.compile("丧葬费"))
    is_at_ease(desk, "policy-new-topic")


def test_answered_asked_back_and_handed_to_a_person_who_answers(open_phone: OpenPhone, server: LiveServer) -> None:
    shipped_answerer()
    server.stop()
    server.extra |= {"POLICY_WEIGHTS_DIR": str(WEIGHTS_DIR)}
    server.start()
    with open_phone() as phone, open_phone(size=DESK) as desk:
        chat = Window(phone)
        phone.page.click("#follow")
        chat.heard("欢迎您")
        chat.say("我爹走了要搞么子手续", "依据：长政办发〔2020〕10号第十六条第（四）项")
        assert "有效期至2025年4月30日" in chat.last
        phone.photograph("policy-answered")
        chat.is_at_ease()
        chat.say("档案", "您是想问哪一个")
        phone.photograph("policy-asked-back")
        chat.tap("退休后档案放哪里", "依据：长政办发〔2020〕10号")
        chat.say(UNKNOWN, "编号")
        assert "12333" in phone.page.locator("#chat").inner_text()
        phone.photograph("policy-handed-over")
        answer_at_the_desk(desk, server)
        chat.heard(ANSWER)
        phone.photograph("policy-answer-arrived")
        chat.is_at_ease()
        assert phone.complaints == desk.complaints == []
