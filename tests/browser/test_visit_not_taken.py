"""A visit that the server does not take: the worker in the street learns why, and nothing is lost by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from casework.passwords import DEMONSTRATION_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def log_in(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.address}/staff/login")
    page.fill("#login", "community")
    page.fill("#password", DEMONSTRATION_PASSWORD)
    page.get_by_role("button", name="下一步").click()
    page.fill("#code", server.flask("demo", "code").strip())
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/staff/")


def test_it_says_why_and_waits_until_somebody_deletes_it(open_phone: OpenPhone, server: LiveServer) -> None:
    server.flask("demo", "load", "--retirees", "60", "--cases", "40")
    with open_phone() as phone:
        page = phone.page
        log_in(page, server)
        page.goto(f"{server.address}/staff/today")
        # a phone whose clock is a day ahead
        page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
        page.get_by_role("button", name="开始走访").first.click()
        page.get_by_label("本人不愿认证").check()
        page.get_by_role("button", name="保存并上传").click()
        why = "没有收下：走访的时间不对，请检查手机时间。"
        expect(page.locator("[data-state]").first).to_have_text(why, timeout=20_000)
        expect(page.locator("#refused li")).to_contain_text(why)
        expect(page.locator("#status")).to_have_text("有1条没有收下，看下面的原因。")
        phone.photograph("staff-visit-not-taken")
        page.reload()
        expect(page.locator("[data-state]").first).to_have_text(why)
        # it is on its way once more while somebody deletes it
        held: list[Route] = []
        page.route("**/staff/visits", lambda route: held.append(route))  # noqa: PLW0108 - a method of a list will not do
        with page.expect_request("**/staff/visits"):
            page.get_by_role("button", name="现在传").click()
        page.once("dialog", lambda asked: asked.accept())
        page.get_by_role("button", name="删掉这一条").click()
        expect(page.locator("#refused")).to_be_hidden()
        with page.expect_response("**/staff/visits"):
            held[0].continue_()
        expect(page.locator("#status")).to_have_text("没有等着传的记录。")
        expect(page.get_by_role("button", name="开始走访").first).to_be_visible()
