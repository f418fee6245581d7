"""One engine for all face tests: building it takes a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage.data import astronaut

from certification.face.dlib_engine import DlibEngine
from certification.face.types import EngineChoice

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.types import Pixels


@pytest.fixture(scope="session")
def models_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def face_engine(models_cache: Path) -> DlibEngine:
    return DlibEngine(EngineChoice(cache_dir=str(models_cache)), None)


@pytest.fixture(scope="session")
def portrait() -> Pixels:
    """A real, public-domain portrait that scikit-image brings along: (512, 512, 3)."""
    return np.asarray(astronaut(), dtype=np.uint8)
