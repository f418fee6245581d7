"""Somebody of the family holds the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import NOBODY, SITTER
from tests.browser.records import count_sessions

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LISTEN = """(() => {
    window.asked = [];
    const open = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function (wanted) {
        window.asked.push(wanted.video.facingMode);
        return open.call(this, wanted);
    };
})()"""


def test_the_helper_sees_what_the_other_camera_sees(open_phone: OpenPhone, server: LiveServer) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        phone.page.add_init_script(LISTEN)
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        assert phone.page.locator("#oval.mirrored").count() == 1
        phone.press("让家人帮忙")
        phone.wait_for_screen("helper")
        assert phone.page.evaluate("document.getElementById('video').srcObject === null")
        phone.press("家人来了，开始")
        phone.wait_for_screen("camera")
        assert phone.page.evaluate("window.asked") == ["user", "environment"]
        assert phone.page.locator("#oval.mirrored").count() == 0
    assert count_sessions(server, with_helper=False) == 1
    assert count_sessions(server, with_helper=True) == 1


def test_a_relative_logged_in_is_a_helper_from_the_start(open_phone: OpenPhone, server: LiveServer) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        phone.come_to_ready(SITTER, relation="direct_relative")
        phone.press("开始认证")
        phone.wait_for_screen("camera")
    assert count_sessions(server, with_helper=True) == 1
