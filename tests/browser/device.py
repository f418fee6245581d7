"""A phone for tests: a real Chromium whose camera plays a clip, or is refused, or is not there."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Playwright

PORTRAIT = (360, 780)
LANDSCAPE = (780, 360)
DESK = (1280, 800)
CAMERA_FPS = 30  # at which Chromium plays a file as its camera
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Device:
    """A page on a phone. complaints: what the browser's console reported as an error, such as a refused script."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def log_in(self, sitter: str, *, relation: str = "self") -> None:
        """Play the demonstration retiree whose photographs are of `sitter`."""
        self.page.goto(f"{self.address}/")
        card = self.page.locator("li", has_text=sitter)
        card.locator(f'button[value="{relation}"]').click()
        self.page.wait_for_url("**/h5/certify")

    def come_to_ready(self, sitter: str, *, relation: str = "self") -> None:
        """Log in and give consent: the camera may be opened."""
        self.log_in(sitter, relation=relation)
        self.wait_for_screen("consent")
        self.press("同意并继续")
        self.wait_for_screen("ready")

    def wait_for_screen(self, name: str, *, seconds: float = 15) -> None:
        expect(self.page.locator(f'[data-screen="{name}"]')).to_be_visible(timeout=1000 * seconds)

    def wait_until(self, expression: str, *, seconds: float = 15) -> None:
        """Wait until an expression is true on the page, whose own rules forbid Playwright's way of waiting for one."""
        give_up_at = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            if time.monotonic() > give_up_at:
                raise TimeoutError(expression)
            self.page.wait_for_timeout(100)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").click()

    def photograph(self, name: str) -> None:
        """Keep a picture of the screen in the folder SCREENSHOTS, if one is named: they show people's faces."""
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            size = self.page.viewport_size or {"width": 0, "height": 0}
            self.page.screenshot(path=Path(folder) / f"{name}-{size['width']}x{size['height']}.png")


@contextmanager
def open_device(
    playwright: Playwright,
    chromium: str,
    folder: Path,
    address: str,
    *,
    camera: Path | None = None,
    camera_flags: tuple[str, ...] = ("--use-fake-ui-for-media-stream",),
    size: tuple[int, int] = PORTRAIT,
) -> Iterator[Device]:
    """Yield a phone with a new empty profile in `folder`; `camera` is the film that its camera plays."""
    film = (f"--use-file-for-fake-video-capture={camera}", "--use-fake-device-for-media-stream") if camera else ()
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=chromium,
        headless=True,
        args=[*FLAGS, *film, *camera_flags],
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        has_touch=True,
        locale="zh-CN",
    )
    page = context.pages[0]
    device = Device(page, address)
    page.on("console", lambda message: device.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: device.complaints.append(str(error)))
    try:
        yield device
    finally:
        context.close()


def film_of(clip: Path, out: Path, *, seconds: float | None = None) -> Path:
    """Make `clip` a film that Chromium can play as its camera: 640x480, padded, motion JPEG."""
    fitted = "scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:(ow-iw)/2:(oh-ih)/2"
    length = ["-t", str(seconds)] if seconds else []
    turn = ["-vf", f"fps={CAMERA_FPS},{fitted}", "-q:v", "3", "-f", "mjpeg"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", clip, *length, *turn, out], check=True)
    return out
