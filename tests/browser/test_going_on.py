"""Whatever happens in the middle of a certification, the person goes on, and is certified once."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NOBODY, SITTER
from tests.browser.records import count_attempts, count_certifications, count_sessions

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HIDE = """isHidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
}"""
CAMERA_IS_OFF = "document.getElementById('video').srcObject === null"
CAMERA_IS_ON = "document.getElementById('video').srcObject?.active === true"


def begin(phone: Device) -> None:
    phone.come_to_ready(SITTER)
    phone.press("开始认证")
    phone.wait_for_screen("camera")
    expect(phone.page.locator("#step")).to_contain_text("第1步", timeout=20_000)


def expect_certified(phone: Device, server: LiveServer) -> None:
    phone.wait_for_screen("outcome", seconds=115)
    expect(phone.page.locator('[data-screen="outcome"]')).to_contain_text("认证成功")
    assert count_certifications(server) == 1


def face_workers(server: LiveServer) -> list[int]:
    """Return the process ids of a server's face workers."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    found = {int(child) for listing in children for child in listing.read_text().split()}
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_killed_face_workers_cost_a_picture_each(open_phone: OpenPhone, server: LiveServer, film: Path) -> None:
    with open_phone(camera=film) as phone:
        begin(phone)
        workers = face_workers(server)
        assert len(workers) == 2
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        expect_certified(phone, server)
    assert not set(workers) & set(face_workers(server))


def test_a_network_that_goes_and_comes_back(open_phone: OpenPhone, server: LiveServer, film: Path) -> None:
    with open_phone(camera=film) as phone:
        begin(phone)
        phone.page.context.set_offline(True)
        notice = phone.page.locator("#notice")
        expect(notice).to_contain_text("网络")
        phone.photograph("no-network")
        phone.page.wait_for_timeout(2000)
        phone.page.context.set_offline(False)
        expect(notice).to_be_hidden(timeout=10_000)
        expect_certified(phone, server)


def test_a_line_that_is_slow_is_said_to_be(open_phone: OpenPhone, film: Path) -> None:
    with open_phone(camera=film) as phone:
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        slow = {"offline": False, "latency": 800, "downloadThroughput": 30_000, "uploadThroughput": 6_000}
        line = phone.page.context.new_cdp_session(phone.page)
        line.send("Network.emulateNetworkConditions", slow)
        expect(phone.page.locator("#notice")).to_contain_text("网络不太好", timeout=20_000)
        phone.photograph("slow-line")


def test_another_application_turns_the_camera_off_for_a_while(
    open_phone: OpenPhone, server: LiveServer, film: Path
) -> None:
    with open_phone(camera=film) as phone:
        begin(phone)
        phone.page.evaluate(HIDE, True)
        assert phone.page.evaluate(CAMERA_IS_OFF)
        phone.page.wait_for_timeout(1500)
        assert phone.page.evaluate(CAMERA_IS_OFF)
        phone.page.evaluate(HIDE, False)
        phone.wait_until(CAMERA_IS_ON)
        # a telephone call takes the camera away without hiding the page
        phone.page.evaluate("document.getElementById('video').srcObject.getTracks().forEach(track => track.stop())")
        phone.wait_until(CAMERA_IS_ON)
        expect_certified(phone, server)


def test_a_second_phone_stops_the_first(open_phone: OpenPhone, server: LiveServer, clip: Path) -> None:
    with open_phone(camera_flags=NOBODY) as first, open_phone() as second:
        first.come_to_ready(SITTER)
        first.press("开始认证")
        first.wait_for_screen("camera")
        second.log_in(SITTER)
        second.wait_for_screen("ready")
        second.press("相机打不开，改用录像")
        second.press("看要做的动作")
        second.wait_for_screen("recording")
        first.wait_for_screen("problem")
        expect(first.page.locator('[data-screen="problem"]')).to_contain_text("您在别的地方重新开始了认证")
        first.photograph("elsewhere")
        second.page.set_input_files("#record-file", clip)
        expect_certified(second, server)
        first.press("再试一次")
        first.wait_for_screen("standing")


def test_a_second_tap_begins_nothing(open_phone: OpenPhone, server: LiveServer) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        phone.come_to_ready(SITTER)
        phone.page.evaluate("for (let tap = 0; tap < 3; tap += 1) document.getElementById('start').click()")
        phone.wait_for_screen("camera")
        phone.page.wait_for_timeout(1000)
    assert count_sessions(server, with_helper=False) == 1
    assert count_attempts(server) == 1
