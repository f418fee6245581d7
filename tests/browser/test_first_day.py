"""The first day of a phone in the street: the list is opened once, in the office, and is there without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_visit_not_taken import log_in

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IS_KEPT = """Promise.all(
    ['/staff/today', ...performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)]
        .filter((one) => one === '/staff/today' || one.startsWith('/static/'))
        .map((one) => caches.match(one))
).then((all) => all.every(Boolean))"""


def test_the_day_is_kept_from_its_first_opening_on(open_phone: OpenPhone, server: LiveServer) -> None:
    server.flask("demo", "load", "--retirees", "60", "--cases", "40")
    with open_phone() as phone:
        page = phone.page
        log_in(page, server)
        page.goto(f"{server.address}/staff/today")
        expect(page.locator("#status")).to_have_text("没有等着传的记录。")
        phone.wait_until(IS_KEPT)
        page.context.set_offline(True)
        page.reload()
        page.get_by_role("button", name="开始走访").first.click()
        expect(page.get_by_label("没有人在家")).to_be_visible()
