"""A face that the machine is not sure of: a person looks, and the retiree is told until when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SITTER
from tests.browser.records import count_certifications
from tests.browser.test_at_ease import AXE, trouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_it_is_told_and_nothing_is_certified(open_phone: OpenPhone, server: LiveServer, clip: Path) -> None:
    server.stop()
    server.extra |= {"FACE_MATCH_DISTANCE": "0.001", "FACE_REVIEW_DISTANCE": "0.6"}
    server.start()
    with open_phone() as phone:
        phone.come_to_ready(SITTER)
        phone.press("相机打不开，改用录像")
        phone.press("看要做的动作")
        phone.wait_for_screen("recording")
        phone.page.set_input_files("#record-file", clip)
        phone.wait_for_screen("outcome", seconds=90)
        phone.photograph("review")
        told = phone.page.locator('[data-screen="outcome"]')
        expect(told).to_contain_text("已经提交")
        expect(told).to_contain_text("养老金不会因此停发")
        assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", told.locator("dd:visible").inner_text())
        expect(told.get_by_role("link")).to_have_count(0)
        phone.page.evaluate(AXE)
        assert trouble(phone.page) == []
    assert count_certifications(server) == 0
