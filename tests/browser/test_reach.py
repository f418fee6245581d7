"""Everything can be reached: by keyboard, on a phone on its side, and by ear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NOBODY, SITTER
from tests.browser.device import LANDSCAPE, PORTRAIT
from tests.browser.test_at_ease import AXE, trouble

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = """() => Array.from(document.querySelectorAll('a[href], button, input'))
    .filter(one => one.offsetParent !== null || one.closest('#reach:not([hidden])'))
    .map(one => one.id || one.textContent.trim() || one.value)"""
FOCUSED = "() => document.activeElement.id || document.activeElement.textContent.trim() || document.activeElement.value"
SMALL_PHONE = (360, 620)
# What lies over a place, or how much of it is off the screen; nothing where all of it is seen.
COVERED = """place => {
    const element = document.querySelector(place);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return 'the edge of the screen';
    const middle = (left + right) / 2;
    const over = [top + 5, (top + bottom) / 2, bottom - 5].map(y => document.elementFromPoint(middle, y));
    const reach = document.getElementById('reach');
    return over.some(one => reach.contains(one)) ? 'the ways out' : '';
}"""


def reached_by_tab(phone: Device, tabs: int) -> set[str]:
    found: set[str] = set()
    for _ in range(tabs):
        phone.page.keyboard.press("Tab")
        found.add(phone.page.evaluate(FOCUSED))
    return found


def expect_all_reached(phone: Device, screen: str) -> None:
    phone.wait_for_screen(screen)
    shown = set(phone.page.evaluate(SHOWN))
    assert shown
    assert shown - reached_by_tab(phone, len(shown) + 3) == set(), screen


def test_the_keyboard_alone_is_enough(open_phone: OpenPhone) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        phone.log_in(SITTER)
        expect_all_reached(phone, "consent")
        phone.page.locator("#agree").press("Enter")
        expect_all_reached(phone, "ready")
        assert phone.page.locator("html").get_attribute("lang") == "zh-CN"
        phone.press("有动作做不了")
        expect_all_reached(phone, "cannot")
        phone.page.get_by_label("点头不方便").press("Space")
        phone.page.locator("#cannot-save").press("Enter")
        phone.wait_for_screen("ready")
        phone.press("我不方便，请上门")
        expect_all_reached(phone, "help")
        phone.page.get_by_role("button", name="返回").locator("visible=true").press("Enter")
        phone.wait_for_screen("ready")
        phone.press("相机打不开，改用录像")
        phone.page.locator("#record-begin").press("Enter")
        expect_all_reached(phone, "recording")
        phone.page.reload()
        phone.wait_for_screen("ready")
        phone.page.locator("#start").press("Enter")
        expect_all_reached(phone, "camera")


@pytest.mark.parametrize("size", [PORTRAIT, SMALL_PHONE, LANDSCAPE], ids=["portrait", "small", "landscape"])
def test_the_camera_screen_needs_no_scrolling(open_phone: OpenPhone, size: tuple[int, int]) -> None:
    width, height = size
    with open_phone(camera_flags=NOBODY, size=size) as phone:
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        expect(phone.page.locator("#advice")).not_to_be_empty()
        boxes = {}
        for place in ("#instruction", "#oval", "#advice", "#reach"):
            box = phone.page.locator(place).bounding_box()
            assert box is not None, place
            boxes[place] = box
            assert box["x"] >= 0, place
            assert box["x"] + box["width"] <= width, place
            assert box["y"] >= 0, place
            assert box["y"] + box["height"] <= height, place
        ways_out = boxes.pop("#reach")
        for place, box in boxes.items():
            is_above = box["y"] + box["height"] <= ways_out["y"]
            is_left = box["x"] + box["width"] <= ways_out["x"]
            assert is_above or is_left, f"{place} is covered"
        assert boxes["#oval"]["width"] >= 200
        for name in ("让家人帮忙", "我不方便，请上门"):
            expect(phone.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        phone.page.evaluate(AXE)
        assert trouble(phone.page) == []
        phone.page.context.set_offline(True)
        expect(phone.page.locator("#notice")).to_contain_text("网络")
        phone.photograph("camera-no-network")
        assert trouble(phone.page) == []


@pytest.mark.parametrize(("size", "times"), [(SMALL_PHONE, 1.5), (SMALL_PHONE, 2), (LANDSCAPE, 1.5)])
def test_large_letters_cover_neither_the_face_nor_the_words(
    open_phone: OpenPhone, size: tuple[int, int], times: float
) -> None:
    with open_phone(camera_flags=NOBODY, size=size) as phone:
        phone.come_to_ready(SITTER)
        phone.page.evaluate("times => { document.documentElement.style.fontSize = `${20 * times}px`; }", times)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        expect(phone.page.locator("#advice")).not_to_be_empty()
        for place in ("#instruction", "#oval", "#advice"):
            covered = phone.page.evaluate(COVERED, place)
            assert covered == "", f"{place} is covered by {covered}"
        phone.photograph(f"camera-letters-{times}")
        for name in ("让家人帮忙", "我不方便，请上门"):
            phone.page.get_by_role("button", name=name).scroll_into_view_if_needed()
            expect(phone.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


def test_what_changes_is_told_to_a_screen_reader(open_phone: OpenPhone) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        phone.come_to_ready(SITTER)
        assert phone.page.evaluate("document.activeElement.textContent") == "准备好了吗？"
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        for place, manner in (("#instruction", "assertive"), ("#advice", "polite"), ("#notice", "polite")):
            assert phone.page.locator(place).get_attribute("aria-live") == manner
        assert phone.page.locator("#video").get_attribute("aria-hidden") == "true"
