"""One engine for all liveness tests, and the people they look at."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage.data import astronaut

from certification.face.decode import decode_photo
from certification.face.engines import build_engine
from certification.face.types import EngineChoice
from tests.attacks import Still, frame, read_clip, wall
from tests.databases import missing

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.types import FaceEngine, Pixels


@pytest.fixture(scope="session")
def face_engine(tmp_path_factory: pytest.TempPathFactory) -> FaceEngine:
    return build_engine(EngineChoice(cache_dir=str(tmp_path_factory.mktemp("models"))))


@pytest.fixture(scope="session")
def astronaut_still(face_engine: FaceEngine) -> Still:
    """A real, public-domain portrait that scikit-image brings along, as a print."""
    return print_of(face_engine, np.asarray(astronaut(), dtype=np.uint8))


@pytest.fixture(scope="session")
def stills(face_engine: FaceEngine, astronaut_still: Still, faces_dir: Path) -> list[Still]:
    """Prints of several people."""
    names = ("obama_1.jpg", "miranda_1.jpg", "hill_3.jpg")
    return [astronaut_still, *(print_of(face_engine, decode_photo((faces_dir / name).read_bytes())) for name in names)]


def print_of(engine: FaceEngine, rgb: Pixels) -> Still:
    return Still.cut(rgb, engine.find(rgb)[0].landmarks)


@pytest.fixture(scope="session")
def webcam_man(faces_dir: Path) -> list[Pixels]:
    """A man before a webcam, 5 frames a second: opens his mouth at 12 and 15 s, turns right at 20 and left at 21 s."""
    found = faces_dir / "videos" / "webcam-man.mp4"
    if not found.is_file():
        missing("The clip of somebody before a webcam is not here: tests on a living person are left out")
    return read_clip(found)


@pytest.fixture(scope="session")
def empty_wall() -> bytes:
    """The room of the attacks, with nobody in it."""
    return frame(wall(), 0)


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        missing("ffmpeg is not installed: tests that need a film are left out")
    return found
