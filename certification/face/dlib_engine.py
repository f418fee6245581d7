"""The default engine: dlib's detector, landmarks and 128-number descriptor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from certification.face.descriptor_net import CHIP_SIZE, DescriptorNet
from certification.face.finder import FaceFinder, face_chip
from certification.face.model_files import checked_model, digest_of, packaged_model
from certification.face.types import EngineUnavailable, Metric, Thresholds

if TYPE_CHECKING:
    from certification.face.types import Descriptor, EngineChoice, Face, Pixels

DESCRIPTOR_MODEL = "dlib_face_recognition_resnet_model_v1.dat"
DIMENSION = 128
CHIP_PADDING = 0.25
# Measured on same-sex pairs of East Asian men, means of three frames: closest impostor 0.396. Starting values only.
STARTING_THRESHOLDS = Thresholds(match=0.38, review=0.50)


class DlibEngine:
    """Faces by dlib. The id holds the model's digest, so that another .dat is another engine.

    The network runs on onnxruntime; its descriptors agree with dlib's own to 1e-3, so they share dlib's id.
    """

    dimension = DIMENSION
    metric = Metric.EUCLIDEAN

    def __init__(self, choice: EngineChoice, thresholds: Thresholds | None) -> None:
        if choice.model_path is not None and thresholds is None:
            raise EngineUnavailable("another descriptor model needs thresholds of its own: calibrate it first")
        path = checked_model(Path(choice.model_path)) if choice.model_path else packaged_model(DESCRIPTOR_MODEL)
        digest = digest_of(path)
        self.engine_id = f"dlib-resnet-{digest[:12]}"
        self.thresholds = thresholds or STARTING_THRESHOLDS
        self._finder = FaceFinder()
        self._net = DescriptorNet(path, digest, Path(choice.cache_dir) if choice.cache_dir else None)

    def find(self, rgb: Pixels, near: tuple[int, int, int, int] | None = None) -> list[Face]:
        """Return the faces in an RGB picture, the widest first; around `near` alone when one is found there."""
        return self._finder.find(rgb, near)

    def describe(self, rgb: Pixels, face: Face) -> Descriptor:
        """Return the descriptor of one face: float32, shape (128,)."""
        return self._net.describe(face_chip(rgb, face, CHIP_SIZE, CHIP_PADDING))

    def distance(self, one: Descriptor, other: Descriptor) -> float:
        """Return the Euclidean distance of two descriptors."""
        return float(np.linalg.norm(one - other))
