"""The conversation tried in the simulator, as a newcomer does: in a real browser, through a real server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SITTER
from tests.browser.device import DESK, PORTRAIT
from tests.browser.test_at_ease import AXE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


SERIOUS = """async () => (await axe.run({ resultTypes: ['violations'] })).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' | ')}`)"""


class Window:
    """The chat window of one phone."""

    def __init__(self, phone: Device) -> None:
        self.phone = phone
        self.page = phone.page
        # the simulator moves to the address that links lead to
        self.page.goto(f"{phone.address}/simulator")
        self.page.wait_for_url("**/simulator")

    @property
    def last(self) -> str:
        return self.page.locator("#chat li.theirs").last.inner_text()

    def heard(self, part: str) -> None:
        expect(self.page.locator("#chat li.theirs").last).to_contain_text(part, timeout=15_000)

    def say(self, text: str, expected: str) -> None:
        self.page.fill("#text", text)
        self.page.click("#say [type=submit]")
        self.heard(expected)

    def tap(self, label: str, expected: str) -> None:
        self.page.locator("#chat li.theirs").last.get_by_role("button", name=re.compile(rf"^([0-9] )?{label}$")).click()
        self.heard(expected)

    def choose(self, entry: str, expected: str, top: str | None = None) -> None:
        if top is not None:
            self.page.locator("nav summary", has_text=top).click()
        self.page.locator("nav button", has_text=re.compile(f"^{entry}$")).locator("visible=true").click()
        self.heard(expected)

    def is_at_ease(self) -> None:
        self.page.evaluate(AXE)
        assert self.page.evaluate(SERIOUS) == []


def identity_of(page: Page, name: str) -> tuple[str, str]:
    row = page.locator("tbody tr", has_text=name).first
    return row.locator("td").nth(0).inner_text(), row.locator("code").inner_text()


def bind(window: Window, whose: str, name: str, number: str) -> None:
    window.choose("绑定", "您同意吗", top="我的")
    window.tap("1 同意", "您登记谁")
    window.tap(whose, "叫什么名字" if whose != "我自己" else "姓名是什么")
    if whose != "我自己":
        window.say("王小妹", "姓名是什么")
    window.say(name, "身份证号是多少")
    window.say(number, "面部照片")
    window.tap("1 同意", "对吗")
    window.tap("1 对", "还差一步")


def test_from_following_to_a_certificate_and_its_message(open_phone: OpenPhone, film: Path, server: LiveServer) -> None:
    with open_phone(camera=film, size=PORTRAIT) as phone:
        window = Window(phone)
        name, number = identity_of(phone.page, SITTER)
        phone.page.click("#follow")
        window.heard("欢迎您")
        bind(window, "我自己", name, number)
        window.is_at_ease()
        phone.photograph("simulator-bound")
        with phone.page.context.expect_page() as opened:
            phone.page.locator("#chat a", has_text="点这里刷脸确认").click()
        certify = opened.value
        certify.wait_for_url("**/h5/certify*")
        certify.locator("#start").click()
        expect(certify.locator('[data-screen="outcome"]')).to_be_visible(timeout=90_000)
        expect(certify.locator('[data-screen="outcome"]')).to_contain_text("认证成功")
        certify.close()
        window.heard("今年认证好了")
        phone.photograph("simulator-certified")
        window.choose("我要认证", "已经认证过了")
        window.choose("改地址", "新地址是哪里", top="我要办事")
        window.say("长沙", "不够细")
        window.say("开福区湘春路8号湘春社区", "对吗")
        window.tap("1 对", "收到新地址")
        window.choose("请人上门", "哪种情况", top="我要办事")
        window.say("走不动", "行动不便")
        window.tap("1 对", "会有人上门")
        window.choose("我办的事", "社区帮忙认证", top="我的")
        assert "改地址" in window.last
        window.say("丧葬费有多少", "不敢乱说")
        phone.photograph("simulator-unknown")
        phone.page.select_option("#kind", "voice")
        window.say("菜单", "您要办什么")
    logged = (server.folder / "server.log").read_text()
    assert number not in logged
    assert name not in logged


def test_a_relative_reports_a_death_on_a_desk(open_phone: OpenPhone, server: LiveServer) -> None:
    with open_phone(size=DESK) as phone:
        window = Window(phone)
        name, number = identity_of(phone.page, SITTER)
        bind(window, "父母、配偶或子女", name, number)
        code = re.search(r"\d{8}", server.flask("wechat", "code", "--id-number", number))
        assert code
        window.say(code[0], "确认好了")
        window.choose("报告老人过世", "哪一位老人过世", top="我要办事")
        phone.page.locator("#chat li.theirs").last.locator(".tap").first.click()
        window.heard("哪一天走的")
        window.say("农历初三", "公历")
        window.say("昨天", "电话是多少")
        window.say("13900000003", "对吗")
        window.tap("1 对", "节哀")
        phone.photograph("simulator-death")
        window.is_at_ease()
        window.choose("我办的事", "报告过世", top="我的")
