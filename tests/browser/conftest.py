"""A server with real face workers, and phones to use it with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.device import PORTRAIT, film_of, open_device
from tests.databases import missing
from tests.live_server import live_server, load_demonstration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Playwright

    from tests.browser.device import Device
    from tests.live_server import LiveServer

# What webcam-man.mp4 shows, in this order, some ten seconds apart.
ACTIONS = ("open_mouth", "turn_right")
SITTER = "webcam-man"


# A camera that shows no face: a green picture with a clock.
NOBODY = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


class OpenPhone(Protocol):
    """How tests come to a phone."""

    def __call__(
        self,
        *,
        camera: Path | None = None,
        camera_flags: tuple[str, ...] = ("--use-fake-ui-for-media-stream",),
        size: tuple[int, int] = PORTRAIT,
    ) -> AbstractContextManager[Device]:
        """Return a phone to be opened."""


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("Chromium is not installed: tests that drive a browser are left out")
    return found


@pytest.fixture(scope="session")
def playwright(chromium: str) -> Iterator[Playwright]:
    """What drives Chromium: one for all phones, for some tests have two at once."""
    del chromium
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        missing("ffmpeg is not installed: tests that need a film for the camera are left out")
    return found


@pytest.fixture(scope="session")
def clip(faces_dir: Path) -> Path:
    """Somebody before a webcam who opens the mouth and turns the head."""
    found = faces_dir / "videos" / f"{SITTER}.mp4"
    if not found.is_file():
        missing("The clip of somebody before a webcam is not here: tests of the whole way are left out")
    return found


@pytest.fixture(scope="session")
def film(clip: Path, ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del ffmpeg
    return film_of(clip, tmp_path_factory.mktemp("film") / "clip.mjpeg")


@pytest.fixture(scope="session")
def loaded(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every server begins with: its one retiree with photographs sits for the clip."""
    folder = tmp_path_factory.mktemp("loaded")
    faces = folder / "faces"
    (faces / "videos").mkdir(parents=True)
    (faces / "videos" / clip.name).symlink_to(clip)
    load_demonstration(folder, faces)
    return folder


@pytest.fixture
def server_folder(loaded: Path, tmp_path: Path) -> Path:
    """A folder for a server of this test alone."""
    return shutil.copytree(loaded, tmp_path / "server", symlinks=True)


@pytest.fixture
def server(server_folder: Path) -> Iterator[LiveServer]:
    """A server of this test alone, in its folder."""
    with live_server(server_folder, ACTIONS) as made:
        yield made


@pytest.fixture
def open_phone(playwright: Playwright, chromium: str, server: LiveServer, tmp_path: Path) -> OpenPhone:
    opened = 0

    def open_one(
        *,
        camera: Path | None = None,
        camera_flags: tuple[str, ...] = ("--use-fake-ui-for-media-stream",),
        size: tuple[int, int] = PORTRAIT,
    ) -> AbstractContextManager[Device]:
        nonlocal opened
        opened += 1
        profile = tmp_path / f"profile{opened}"
        return open_device(
            playwright, chromium, profile, server.address, camera=camera, camera_flags=camera_flags, size=size
        )

    return open_one
