"""Papers that prove a life event: photographed, put with the record, opened again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import SITTER
from tests.browser.device import DESK, PORTRAIT
from tests.browser.test_home_visit import is_at_ease, log_in
from tests.browser.test_simulator import identity_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def photograph_paper(path: Path, words: str) -> Path:
    picture = Image.new("RGB", (1200, 1600), "white")
    ImageDraw.Draw(picture).text((100, 100), words, fill="black")
    picture.save(path)
    return path


def test_they_are_put_with_the_record_and_opened_again(
    open_phone: OpenPhone, server: LiveServer, tmp_path: Path
) -> None:
    papers = [photograph_paper(tmp_path / f"{number}.jpg", f"paper {number}") for number in (1, 2)]
    not_one = tmp_path / "note.jpg"
    not_one.write_text("no picture")
    with open_phone(size=DESK) as device:
        page = device.page
        page.goto(f"{device.address}/simulator")
        name, number = identity_of(page, SITTER)
        who = ["--login", "jingban", "--name", "胡经办", "--role", "agency_officer", "--region", "430100"]
        log_in(device, "jingban", json.loads(server.flask("staff", "add", *who, "--json"))["password"])
        page.get_by_role("link", name="人员", exact=True).click()
        page.fill("[name=q]", number)
        page.get_by_role("button", name="查找").click()
        page.get_by_role("link", name=name).click()
        page.get_by_role("link", name="登记情况变动").click()
        page.select_option("[name=kind]", "death")
        page.fill("[name=on]", "2026-01-05")
        page.get_by_role("button", name="登记", exact=True).click()
        page.set_input_files("[name=pictures]", papers)
        page.get_by_role("button", name="放进去").click()
        expect(page.get_by_role("link", name="第2张")).to_be_visible(timeout=30_000)
        for width, height in (DESK, PORTRAIT):
            page.set_viewport_size({"width": width, "height": height})
            is_at_ease(device, "event-papers")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="第1张").click()
        shown = opened.value.evaluate("fetch(location).then((answer) => answer.headers.get('content-type'))")
        assert shown == "image/jpeg"
        opened.value.close()
        page.set_input_files("[name=pictures]", not_one)
        page.get_by_role("button", name="放进去").click()
        expect(page.locator("#adding")).to_contain_text("不是照片", timeout=30_000)
        device.photograph("event-no-picture")
