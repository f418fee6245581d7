"""A photograph of the retiree, held before the camera and moved about, never certifies."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect
from skimage import data

from tests.attacks import write_camera_file
from tests.browser.records import count_attempts, count_certifications

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPhone
    from tests.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SITTER = "astronaut"
WIDTH, HEIGHT = 640, 480
FPS = 12
SECONDS = 20


def move_about(photo: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[bytes]:
    """Return JPEG frames of a photograph that a hand pans, brings nearer, turns in its plane and tilts."""
    high, wide = photo.shape[:2]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
    source = ((corners + 1) / 2 * [wide, high]).astype(np.float32)
    frames = []
    for number in range(SECONDS * FPS):
        time = number / FPS
        roll, yaw = 0.14 * math.sin(1.1 * time), 0.5 * math.sin(0.9 * time)
        turned = corners @ np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
        x, y, away = turned[:, 0] * math.cos(yaw), turned[:, 1], 1 + 0.25 * turned[:, 0] * math.sin(yaw)
        near = 330 + 50 * math.sin(0.7 * time)
        target = np.stack(
            [320 + 40 * math.sin(1.3 * time) + near * x / away, 300 + 20 * math.sin(1.7 * time) + near * y / away],
            axis=1,
        )
        held = cv2.getPerspectiveTransform(source, target.astype(np.float32))
        picture = cv2.warpPerspective(photo, held, (WIDTH, HEIGHT), borderValue=(150, 150, 150))
        frames.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return frames


def test_it_ends_at_the_community_and_not_at_a_receipt(
    open_phone: OpenPhone, server: LiveServer, ffmpeg: str, tmp_path: Path
) -> None:
    del ffmpeg
    server.stop()
    server.extra |= {"ATTEMPT_SECONDS": "30"}
    server.start()
    film = tmp_path / "photograph.mjpeg"
    write_camera_file(move_about(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)), film, fps=FPS)
    with open_phone(camera=film) as phone:
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        for left in (2, 1):
            phone.wait_for_screen("camera")
            phone.wait_for_screen("outcome", seconds=60)
            told = phone.page.locator('[data-screen="outcome"]')
            expect(told).to_contain_text("这次没有成功")
            expect(told).to_contain_text("可以再试一次")
            phone.photograph(f"photograph-{left}-left")
            phone.press("再试一次")
        phone.wait_for_screen("camera")
        phone.wait_for_screen("outcome", seconds=60)
        phone.photograph("photograph-refused")
        told = phone.page.locator('[data-screen="outcome"]')
        expect(told).to_contain_text("刷脸没有成功")
        expect(told).to_contain_text("养老金不会因此停发")
        number, office, due_by = told.locator("dd:visible").all_inner_texts()
        assert re.fullmatch(r"B\d{4}-\d{8}", number)
        assert office.endswith("社区")
        assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", due_by)
        expect(told.get_by_role("link", name="打电话给社区")).to_be_visible()
    assert count_attempts(server) == 3
    assert count_certifications(server) == 0
