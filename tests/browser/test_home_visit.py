"""From a phone that failed to a certificate at the door: the retiree, the office, the worker in the street."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SITTER
from tests.browser.device import DESK, PORTRAIT
from tests.browser.records import count_certifications
from tests.browser.test_at_ease import AXE
from tests.browser.test_simulator import SERIOUS, Window, bind, identity_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHERS = ("blink", "turn_left")  # nobody blinks in the clip
PASSWORD = "a kettle on the stove"


def log_in(device: Device, login: str, first_password: str) -> None:
    """Log in for the first time: password, authenticator, a password of one's own."""
    page = device.page
    page.goto(f"{device.address}/staff/login")
    page.fill("#login", login)
    page.fill("#password", first_password)
    page.get_by_role("button", name="下一步").click()
    secret = page.locator("code").inner_text()
    device.photograph("staff-code")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="登录").click()
    page.fill("#old", first_password)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("h2", has_text="新消息")).to_be_visible()


def is_at_ease(device: Device, name: str) -> None:
    device.photograph(name)
    device.page.evaluate(AXE)
    assert device.page.evaluate(SERIOUS) == [], name


def community_of(server: LiveServer) -> str:
    """Return the community that owns the one ticket there is."""
    with closing(sqlite3.connect(server.folder / "pension.sqlite3")) as database:
        code: str = database.execute("SELECT owner_code FROM tickets").fetchone()[0]
    return code


def sign(device: Device) -> None:
    canvas = device.page.locator("canvas[data-sign]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    mouse = device.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 150, box["y"] + 60, steps=5)
    mouse.move(box["x"] + 60, box["y"] + 80, steps=5)
    mouse.up()


def fail_by_phone(chat: Window, server: LiveServer, clip: Path) -> tuple[str, str]:
    """Bind in WeChat and fail to certify; return name and identity number."""
    page = chat.page
    name, number = identity_of(page, SITTER)
    page.click("#follow")
    bind(chat, "我自己", name, number)
    code = re.search(r"\d{8}", server.flask("wechat", "code", "--id-number", number))
    assert code
    chat.say(code[0], "确认好了")
    with page.context.expect_page() as opened:
        chat.choose("我要认证", "")
        page.locator("#chat a").last.click()
    fails = opened.value
    fails.wait_for_url("**/h5/certify*")
    fails.get_by_role("button", name="相机打不开，改用录像").locator("visible=true").click()
    fails.get_by_role("button", name="看要做的动作").locator("visible=true").click()
    expect(fails.locator('[data-screen="recording"]')).to_be_visible(timeout=15_000)
    fails.set_input_files("#record-file", clip)
    expect(fails.locator('[data-screen="outcome"]')).to_contain_text("社区会帮您办理", timeout=90_000)
    fails.close()
    assert count_certifications(server) == 0
    return name, number


def assign_at_the_desk(desk: Device, server: LiveServer) -> str:
    """Let the subdistrict's officer add a community worker and give her the ticket; return her first password."""
    community = community_of(server)
    who = ["--login", "jiedao", "--name", "陈主任", "--role", "subdistrict_officer", "--region", community[:9]]
    log_in(desk, "jiedao", json.loads(server.flask("staff", "add", *who, "--json"))["password"])
    is_at_ease(desk, "staff-home")
    page = desk.page
    page.get_by_role("link", name="人员管理").click()
    page.fill("[name=login]", "shequ")
    page.fill("[name=name]", "刘小青")
    page.select_option("[name=role]", "community_worker")
    page.fill("[name=region]", community)
    page.get_by_role("button", name="新增").click()
    first = page.locator("[role=status] code").inner_text()
    is_at_ease(desk, "staff-team")
    page.get_by_role("link", name="工单", exact=True).click()
    is_at_ease(desk, "staff-tickets")
    page.get_by_role("link", name=re.compile("^B")).click()
    page.select_option("[name=assignee]", label="刘小青（社区工作人员）")
    page.get_by_role("button", name="分派").click()
    expect(page.locator(".facts")).to_contain_text("已分派")
    is_at_ease(desk, "staff-ticket")
    return first


def plan_the_visit(street: Device, first_password: str, name: str) -> None:
    """Let the worker see that he cannot come, and open the day's page."""
    log_in(street, "shequ", first_password)
    page = street.page
    expect(page.locator("#notices")).to_contain_text("分给您了")
    is_at_ease(street, "staff-home")
    page.locator("#notices a").first.click()
    is_at_ease(street, "staff-ticket")
    page.get_by_role("link", name=name).click()
    is_at_ease(street, "staff-person")
    page.get_by_role("link", name="开工单").click()
    page.get_by_label("上门（要选原因）").check()
    page.select_option("[name=reason]", "hard_of_moving")
    is_at_ease(street, "staff-ticket-new")
    page.get_by_role("button", name="开工单").click()
    expect(page.locator(".facts")).to_contain_text("上门（行动不便）")
    page.get_by_role("link", name="今天的走访").click()
    expect(page.locator("#status")).to_have_text("没有等着传的记录。")
    is_at_ease(street, "staff-today")
    street.wait_until("navigator.serviceWorker.controller !== null")
    page.reload()  # what a phone does in the morning: the page is kept from now on
    street.wait_until("navigator.serviceWorker.controller !== null")


def visit_without_network(street: Device, number: str, film: Path) -> None:
    """Fill the form in at the door while the network is gone, and open the page again."""
    page = street.page
    page.get_by_role("button", name="开始走访").click()
    page.context.set_offline(True)
    page.fill("[name=id_digits]", "0000")
    expect(page.locator("[data-digits-say]")).to_contain_text("对不上")
    page.fill("[name=id_digits]", number[-4:])
    expect(page.locator("[data-digits-say]")).to_have_text("号码对上了。")
    page.set_input_files("[name=photo]", film)
    expect(page.locator("[data-face-say]")).to_contain_text("现在没有网络")
    sign(street)
    is_at_ease(street, "staff-visit")
    page.get_by_role("button", name="保存并上传").click()
    expect(page.locator("[data-state]")).to_have_text("已经存在手机里，有网就传。", timeout=15_000)
    page.reload()
    expect(page.locator("[data-state]")).to_have_text("已经存在手机里，有网就传。")
    street.photograph("staff-visit-waits")


def test_a_failed_phone_ends_with_a_certificate_at_the_door(
    open_phone: OpenPhone, server: LiveServer, clip: Path, tmp_path: Path
) -> None:
    server.stop()
    server.actions = OTHERS
    server.extra |= {"ATTEMPTS_PER_SESSION": "1", "VISIT_CHECK_PERCENT": "100"}
    server.start()
    film = tmp_path / "at the door.mp4"
    cut = ["-ss", "18", "-t", "5", "-an"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", clip, *cut, film], check=True)
    with open_phone() as retirees_phone, open_phone(size=DESK) as desk, open_phone(size=PORTRAIT) as street:
        chat = Window(retirees_phone)
        name, number = fail_by_phone(chat, server, clip)
        plan_the_visit(street, assign_at_the_desk(desk, server), name)
        street.page.emulate_media(media="print")
        street.photograph("staff-today-print")
        street.page.emulate_media(media="screen")
        visit_without_network(street, number, film)
        assert count_certifications(server) == 0
        street.page.context.set_offline(False)
        expect(street.page.locator("[data-state]")).to_have_text("传好了，认证通过。", timeout=60_000)
        street.photograph("staff-visit-sent")
        street.page.get_by_role("button", name="现在传").click()
        assert count_certifications(server) == 1
        chat.heard("今年认证好了")
        retirees_phone.photograph("staff-message")
        desk.page.get_by_role("link", name="抽查").click()
        desk.page.get_by_role("link", name=name).click()
        expect(desk.page.locator(".faces img")).not_to_have_count(0)
        is_at_ease(desk, "staff-check")
        desk.page.keyboard.press("1")
        expect(desk.page.locator("main")).to_contain_text("现在没有要抽查的")
        for device in (desk, street):
            assert [one for one in device.complaints if "ERR_INTERNET_DISCONNECTED" not in one] == []
    logged = (server.folder / "server.log").read_text()
    assert number not in logged
    assert name not in logged
