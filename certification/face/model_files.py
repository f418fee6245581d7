"""Where the models' files are, and whether they are what they say."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from certification.face.types import EngineUnavailable

MODELS_PACKAGE = "face_recognition_models"
LFS_POINTER = b"version https://git-lfs"


def packaged_model(name: str) -> Path:
    """Return the checked path of a file of the models' package; raise EngineUnavailable.

    Found without importing anything: `import face_recognition` quits the process with status 0 when it lacks a part.
    """
    spec = importlib.util.find_spec(MODELS_PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineUnavailable(f"the package {MODELS_PACKAGE} is not installed")
    return checked_model(Path(spec.origin).parent / "models" / name)


def checked_model(path: Path) -> Path:
    """Return `path` if it can be a model; raise EngineUnavailable when it is missing, a Git LFS pointer or empty."""
    try:
        with path.open("rb") as file:
            start = file.read(len(LFS_POINTER))
    except OSError:
        raise EngineUnavailable(f"the model file {path.name} is missing or not readable") from None
    if start == LFS_POINTER:
        raise EngineUnavailable(
            f"{path.name} is a Git LFS pointer of a hundred bytes, not the model: fetch it with `git lfs pull`"
        )
    if not start:
        raise EngineUnavailable(f"the model file {path.name} is empty")
    return path


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
