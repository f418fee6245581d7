"""The main job in a real browser: somebody before the camera comes to a receipt."""

from __future__ import annotations

import subprocess
from io import BytesIO
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.conftest import SITTER
from tests.browser.records import count_certifications

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def scan(picture: np.ndarray[Any, Any]) -> str:
    """Return what a scanner reads from a picture with a QR code."""
    found = zxingcpp.read_barcode(picture)
    return found.text if found else ""


def print_on_paper(pdf: bytes, folder: Path) -> np.ndarray[Any, Any]:
    """Return the first sheet as grey pixels."""
    file = folder / "receipt.pdf"
    file.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-png", "-r", "80", "-singlefile", file, folder / "receipt"], check=True)
    sheet = cv2.imread(str(folder / "receipt.png"), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None
    return np.asarray(sheet)


def certify(phone: Device) -> None:
    phone.log_in(SITTER)
    phone.wait_for_screen("consent")
    phone.photograph("consent")
    phone.press("同意并继续")
    phone.wait_for_screen("ready")
    phone.photograph("ready")
    phone.press("开始认证")
    phone.wait_for_screen("camera")
    phone.page.wait_for_timeout(3000)
    phone.photograph("camera")
    phone.wait_for_screen("outcome", seconds=110)
    phone.photograph("outcome")


def test_it_works(open_phone: OpenPhone, server: LiveServer, film: Path, tmp_path: Path) -> None:
    with open_phone(camera=film) as phone:
        certify(phone)
        assert "认证成功" in phone.page.locator('[data-screen="outcome"]').inner_text()
        phone.page.get_by_role("link", name="查看回执").locator("visible=true").click()
        phone.page.wait_for_url("**/h5/receipts/*")
        phone.photograph("receipt")
        number = phone.page.url.rsplit("/", 1)[1]
        expect(phone.page.locator("main")).to_contain_text(number)

        pdf = phone.page.request.get(f"{phone.page.url}.pdf").body()
        assert number in PdfReader(BytesIO(pdf)).pages[0].extract_text()
        address = scan(print_on_paper(pdf, tmp_path))
        page, _, token = address.partition("#")
        assert page.endswith(f"/verify/{number}")
        assert token.startswith("P1."), "what proves the receipt without asking us stands in the code too"

        phone.page.goto(f"{phone.address}/verify/{number}")
        phone.photograph("verify")
        expect(phone.page.locator("main")).to_contain_text("今天有效")
        phone.page.goto(f"{phone.address}/h5/certify")
        phone.wait_for_screen("standing")
        phone.photograph("standing")
        assert phone.complaints == []
    assert count_certifications(server) == 1
