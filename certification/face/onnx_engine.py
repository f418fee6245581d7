"""An engine for any recognition model in ONNX, named by the operator: SFace, an ArcFace, dlib's own exported.

Finding faces and landmarks is shared with the dlib engine. The thresholds have no default: they belong to the model.
What a model wants is read from its metadata; without any, what nearly every published model wants is taken:
112 px aligned on five points, cosine distance, and values scaled to -1..1 unless the graph itself begins by scaling.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from certification.face.finder import FaceFinder, face_chip
from certification.face.model_files import checked_model, digest_of
from certification.face.runtime import open_session
from certification.face.types import EngineUnavailable, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certification.face.types import Descriptor, EngineChoice, Face, Pixels, Points, Thresholds

    Real = NDArray[np.float64]

CHIP_PADDING = 0.25
# Where eyes, nose and the corners of the mouth stand in a 112 px picture, as ArcFace's authors published them.
FIVE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
FIVE_POINTS_SIDE = 112
RGB_CHANNELS = 3
# Nodes are written before weights: the first of them tell whether the graph scales its input itself.
GRAPH_START_BYTES = 4096
SCALING_NODES = (b'"\x03Sub', b'"\x03Mul')


class OnnxEngine:
    """Faces by a model of the operator's. The id holds the file's digest, metadata included."""

    def __init__(self, choice: EngineChoice, thresholds: Thresholds | None) -> None:
        if choice.model_path is None:
            raise EngineUnavailable("the onnx engine needs the path of a model")
        if thresholds is None:
            raise EngineUnavailable("an ONNX model needs thresholds of its own: calibrate it first")
        path = checked_model(Path(choice.model_path))
        self.engine_id = f"onnx-{path.stem[:32]}-{digest_of(path)[:12]}"
        self.thresholds = thresholds
        self._session = open_session(path)
        given = self._session.get_modelmeta().custom_metadata_map
        (source, *others), (target, *_) = self._session.get_inputs(), self._session.get_outputs()
        self._source, self._target, self._side = source.name, target.name, _side_of(path, source.shape, bool(others))
        try:
            self.metric = Metric(given.get("face.metric", Metric.COSINE))
            own_scaling = _scales_itself(path)
            self._mean = float(given.get("face.mean", 0.0 if own_scaling else 127.5))
            self._scale = float(given.get("face.scale", 1.0 if own_scaling else 127.5))
        except ValueError:
            raise EngineUnavailable(f"the metadata of {path.name} cannot be read") from None
        self._dlib_alignment = given.get("face.alignment") == "dlib"
        self._finder = FaceFinder()
        self.dimension = self._run(np.zeros((self._side, self._side, RGB_CHANNELS), dtype=np.uint8)).size

    def find(self, rgb: Pixels, near: tuple[int, int, int, int] | None = None) -> list[Face]:
        """Return the faces in an RGB picture, the widest first; around `near` alone when one is found there."""
        return self._finder.find(rgb, near)

    def describe(self, rgb: Pixels, face: Face) -> Descriptor:
        """Return the descriptor of one face: float32, shape (dimension,); of length 1 where the metric is cosine."""
        if self._dlib_alignment:
            return self._run(face_chip(rgb, face, self._side, CHIP_PADDING))
        return self._run(aligned_on_five_points(rgb, face, self._side))

    def distance(self, one: Descriptor, other: Descriptor) -> float:
        """Return the Euclidean distance, or 1 - cos (0 to 2), of two descriptors."""
        if self.metric is Metric.EUCLIDEAN:
            return float(np.linalg.norm(one - other))
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        return 1.0 - float(one @ other) / lengths if lengths else 2.0

    def _run(self, chip: Pixels) -> Descriptor:
        scaled = (chip.transpose(2, 0, 1)[np.newaxis].astype(np.float32) - self._mean) / self._scale
        (found,) = self._session.run([self._target], {self._source: np.ascontiguousarray(scaled, dtype=np.float32)})
        descriptor: Descriptor = np.asarray(found, dtype=np.float32).reshape(-1)
        length = float(np.linalg.norm(descriptor))
        # equal weight in a mean of several photographs
        return descriptor / np.float32(length) if self.metric is Metric.COSINE and length else descriptor


def aligned_on_five_points(rgb: Pixels, face: Face, side: int) -> Pixels:
    """Return the face (side, side, 3) turned and scaled so that its five points stand where the model learnt them."""
    matrix = _similarity(FIVE_POINTS * (side / FIVE_POINTS_SIDE), five_points_of(face.landmarks))
    picture = Image.fromarray(rgb)
    chip = picture.transform((side, side), Image.Transform.AFFINE, tuple(matrix.ravel()), Image.Resampling.BILINEAR)
    return np.asarray(chip)


def five_points_of(landmarks: Points) -> Real:
    """Return both eyes' centres, the nose's tip and the mouth's corners (5, 2) from the 68 landmarks."""
    eyes = (landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0))
    return np.array([*eyes, landmarks[30], landmarks[48], landmarks[54]], dtype=np.float64)


def _similarity(source: Real, target: Real) -> Real:
    """Return the (2, 3) turn, scale and shift that bring `source` nearest to `target` (Umeyama 1991)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_centred, target_centred = source - source_mean, target - target_mean
    left, strengths, right = np.linalg.svd(target_centred.T @ source_centred)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = left @ np.diag(signs) @ right
    scale = float(strengths @ signs) / float((source_centred**2).sum())
    return np.column_stack([scale * turn, target_mean - scale * turn @ source_mean])


def _side_of(path: Path, shape: list[int | str | None], more_inputs: bool) -> int:  # noqa: FBT001 - private, one caller
    match shape:
        case [_, 3, int(height), int(width)] if height == width and not more_inputs:
            return height
    raise EngineUnavailable(f"{path.name} takes no single square RGB picture (1, 3, side, side)")


def _scales_itself(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(GRAPH_START_BYTES)
    return all(node in start for node in SCALING_NODES)
