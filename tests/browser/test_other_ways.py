"""What else may happen: no camera, a bad line, a server that starts again, help asked for, consent taken back."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SITTER
from tests.browser.records import count_certifications

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFUSING = ("--deny-permission-prompts",)


def test_a_refused_camera_leads_to_a_recording(open_phone: OpenPhone, server: LiveServer, clip: Path) -> None:
    with open_phone(camera_flags=REFUSING) as phone:
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera-refused")
        phone.photograph("camera-refused")
        phone.press("改用录像")
        phone.press("看要做的动作")
        phone.wait_for_screen("recording")
        phone.photograph("recording")
        actions = phone.page.locator("#record-actions li").all_inner_texts()
        assert len(actions) == 2
        assert "嘴" in actions[0]
        assert "右" in actions[1]
        phone.page.set_input_files("#record-file", clip)
        phone.wait_for_screen("outcome", seconds=90)
        expect(phone.page.locator('[data-screen="outcome"]')).to_contain_text("认证成功")
    assert count_certifications(server) == 1


def test_a_camera_that_gives_no_picture_leads_to_a_recording(open_phone: OpenPhone) -> None:
    with open_phone() as phone:
        # what WeChat on some iPhones does: the camera is allowed, and nothing comes
        phone.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream(0)"
        )
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        phone.wait_for_screen("camera-refused", seconds=20)
        phone.press("改用录像")
        phone.wait_for_screen("record")
        assert phone.complaints == []


def test_a_server_that_starts_again_loses_nothing(open_phone: OpenPhone, server: LiveServer, film: Path) -> None:
    with open_phone(camera=film) as phone:
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        phone.page.wait_for_timeout(4000)
        server.stop(signal.SIGKILL)
        expect(phone.page.locator("#notice")).to_contain_text("网络", timeout=10_000)
        phone.photograph("bad-connection")
        server.start()
        phone.wait_for_screen("outcome", seconds=110)
        expect(phone.page.locator('[data-screen="outcome"]')).to_contain_text("认证成功")
    assert count_certifications(server) == 1


def test_a_frame_that_got_no_answer_is_sent_again_as_it_was(open_phone: OpenPhone, film: Path) -> None:
    sent: list[tuple[str, bytes | None]] = []

    def lose_some(route: Route) -> None:
        number = route.request.headers["frame-number"]
        sent.append((number, route.request.post_data_buffer))
        if number == "3" and len([one for one, _ in sent if one == "3"]) < 3:
            route.abort()
        else:
            route.continue_()

    with open_phone(camera=film) as phone:
        phone.come_to_ready(SITTER)
        phone.page.route("**/frames", lose_some)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        phone.page.wait_for_timeout(6000)
    numbers = [int(number) for number, _ in sent]
    assert numbers == sorted(numbers), "never more than one request under way, and in their order"
    assert numbers.count(3) == 3
    assert len({content for number, content in sent if number == "3"}) == 1
    assert max(numbers) > 3


def test_somebody_at_home_is_asked_for(open_phone: OpenPhone) -> None:
    with open_phone() as phone:
        phone.log_in(SITTER)
        phone.press("我不方便，请上门")
        phone.wait_for_screen("help")
        phone.photograph("help")
        phone.press("行动不便")
        phone.wait_for_screen("help-sure")
        phone.photograph("help-sure")
        phone.press("不对，重新选")
        phone.wait_for_screen("help")
        phone.press("住在养老院")
        phone.press("对，就这样办")
        phone.wait_for_screen("helped")
        phone.photograph("helped")
        told = phone.page.locator('[data-screen="helped"]')
        expect(told).to_contain_text("社区")
        expect(told).to_contain_text("B")
        phone.press("返回")
        phone.wait_for_screen("consent")
        phone.press("同意并继续")
        phone.wait_for_screen("ready")
        expect(phone.page.locator('[data-screen="ready"]')).to_contain_text("已经请了社区帮忙")
        phone.photograph("ready-with-ticket")
        assert phone.complaints == []


def test_consent_is_taken_back_as_easily_as_given(open_phone: OpenPhone) -> None:
    with open_phone() as phone:
        phone.come_to_ready(SITTER)
        phone.press("收回刷脸同意")
        phone.wait_for_screen("withdraw")
        phone.photograph("withdraw")
        phone.press("收回")
        phone.wait_for_screen("consent")
        expect(phone.page.locator("#notice")).to_have_text("已经收回刷脸同意。")
        phone.page.reload()
        phone.wait_for_screen("consent")
        assert phone.complaints == []
