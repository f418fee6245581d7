"""The certification page where WeChat looks at faces: a stub of its script, a stand-in of its API, our own page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ACTIONS, SITTER
from tests.browser.device import PORTRAIT, open_device
from tests.browser.test_simulator import Window, bind, identity_of
from tests.live_server import live_server
from tests.stand_in import StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, Playwright

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = """window.asked = [];
window.wx = {
  ready: (done) => done(), error() {}, config: (signed) => window.asked.push(Object.keys(signed).sort().join()),
  requestFacialVerify: ({ verifyId, complete }) => { window.asked.push(verifyId); complete({ errMsg: 'ok' }); },
};"""


def log_in_by(page: Page, api: StandIn, openid: str, link: str) -> None:
    """Stand where WeChat's login page stands: between the page that sends people there and their coming back."""
    begun = page.context.request.get(link, max_redirects=0)
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    api.oauth["code"] = {"openid": openid}
    page.goto(f"{query['redirect_uri'][0]}?code=code&state={query['state'][0]}")
    page.wait_for_url("**/h5/certify*")


def test_wechat_looks_and_its_answer_to_our_server_decides(
    playwright: Playwright, chromium: str, server_folder: Path, tmp_path: Path
) -> None:
    account = {"WECHAT_APP_ID": APP_ID, "WECHAT_APP_SECRET": APP_SECRET}
    program = {"MINIPROGRAM_APP_ID": PROGRAM_ID, "MINIPROGRAM_APP_SECRET": PROGRAM_SECRET}
    with StandIn() as api:
        ours = {"WECHAT_API_BASE_URL": api.url, "FACE_ON_PAGES": "wechat"}
        with (
            live_server(server_folder, ACTIONS, **account, **program, **ours) as server,
            open_device(
                playwright, chromium, tmp_path / "profile", server.address, camera=None, camera_flags=(), size=PORTRAIT
            ) as phone,
        ):
            window = Window(phone)
            name, number = identity_of(phone.page, SITTER)
            openid = phone.page.locator("#who").inner_text()
            bind(window, "我自己", name, number)
            phone.page.context.route(
                "https://res.wx.qq.com/**", lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript")
            )
            link = phone.page.locator("#chat a", has_text="点这里刷脸确认").get_attribute("href")
            log_in_by(phone.page, api, openid, link or "")
            api.verify_ret = 90008
            phone.page.locator("#start").click()
            outcome = phone.page.locator('[data-screen="outcome"]')
            expect(outcome).to_contain_text("请允许微信用相机", timeout=15_000)
            api.verify_ret = 10000
            phone.page.locator("#again").click()
            expect(outcome).to_contain_text("认证成功", timeout=15_000)
            asked = phone.page.evaluate("window.asked")
            assert asked[0] == "appId,jsApiList,nonceStr,signature,timestamp"
            assert set(asked[1::2]) == set(api.verifications)
            assert phone.complaints == []
            assert {one["openid"] for one in api.verifications.values()} == {openid}
