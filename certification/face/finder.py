"""Finds faces and their 68 landmarks with dlib; every engine shares it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import dlib
import numpy as np
from PIL import Image

from certification.face.model_files import packaged_model
from certification.face.types import EngineUnavailable, Face

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from certification.face.types import Pixels

    Grey = NDArray[np.uint8]
    Box = tuple[int, int, int, int]

LANDMARKS_MODEL = "shape_predictor_68_face_landmarks.dat"
# The detector's window is 80 px. At 320 x 427 it sees faces from a quarter of a portrait picture's width, for 6 ms.
# The number of pixels is fixed rather than the width: a landscape picture costs the same and shows smaller faces.
PIXELS_SEARCHED = 320 * 427
# The second look sees every face of the 100 px that the quality gates ask for, for up to 100 ms.
SECOND_LOOK_SCALE = 0.85
# A badge or a button scores 0.1 or 0.2, a face 0.8 and more. A doubtful face counts only when there is no sure one.
SURE_SCORE = 0.3
# Around a face of the frame before: scaled so that it is a quarter wider than the detector's window, with room to move.
# On 347 frames of three clips, five a second, nothing was lost and landmarks moved by 0.005 of the eyes' distance.
NEAR_FACE_WIDTH = 100
NEAR_MARGIN = 0.35
# Above the size of streamed frames: only a still is worth a second look.
STILL_LONG_SIDE = 641


class FaceFinder:
    """The frontal HOG detector and the landmark model. Building one takes 0.8 s: one per process."""

    def __init__(self, landmarks: Path | None = None) -> None:
        path = landmarks or packaged_model(LANDMARKS_MODEL)
        self._detector: Any = dlib.get_frontal_face_detector()
        try:
            self._predictor: Any = dlib.shape_predictor(str(path))
        except RuntimeError:
            raise EngineUnavailable(f"the landmark model {path.name} does not load") from None

    def find(self, rgb: Pixels, near: Box | None = None) -> list[Face]:
        """Return the faces of an RGB picture (height, width, 3), the widest first, in its own pixels.

        near: where a face was in the frame before; when one is found around there, the rest is not looked at.
        A still without a face is searched once more, nearly whole, for small faces in big photographs.
        """
        grey = np.asarray(Image.fromarray(rgb).convert("L"))
        height, width = grey.shape
        boxes = self._detect_near(grey, near) if near is not None else []
        if not boxes:
            boxes = self._detect(grey, min(1.0, math.sqrt(PIXELS_SEARCHED / (height * width))))
        if not boxes and max(height, width) >= STILL_LONG_SIDE:
            boxes = self._detect(grey, SECOND_LOOK_SCALE)
        faces = [self._land(grey, box) for box in boxes]
        return sorted(faces, key=lambda face: face.width, reverse=True)

    def _detect_near(self, grey: Grey, near: Box) -> list[Box]:
        left, top, right, bottom = near
        margin = round((right - left) * NEAR_MARGIN)
        left, top = max(0, left - margin), max(0, top - margin)
        around = np.ascontiguousarray(grey[top : max(0, bottom + margin), left : max(0, right + margin)])
        if min(around.shape) == 0:
            return []
        found = self._detect(around, min(1.0, NEAR_FACE_WIDTH / max(1, near[2] - near[0])))
        return [(box[0] + left, box[1] + top, box[2] + left, box[3] + top) for box in found]

    def _detect(self, grey: Grey, scale: float) -> list[Box]:
        found, scores, _ = self._detector.run(_scaled(grey, scale), 0, 0.0)
        enough = min(SURE_SCORE, max(scores, default=0.0))
        return [
            (
                round(box.left() / scale),
                round(box.top() / scale),
                round((box.right() + 1) / scale),
                round((box.bottom() + 1) / scale),
            )
            for box, score in zip(found, scores, strict=True)
            if score >= enough
        ]

    def _land(self, grey: Grey, box: Box) -> Face:
        shape = self._predictor(grey, rectangle(box))
        points = np.array([(part.x, part.y) for part in shape.parts()], dtype=np.float32)
        return Face(box, points)


def _scaled(grey: Grey, scale: float) -> Grey:
    """Return a smaller picture: dlib's resizing takes half the time of Pillow's, but skips pixels beyond a halving."""
    height, width = grey.shape
    if scale >= 1.0:
        return grey
    whole = int(1.0 / scale)
    reduced = np.asarray(Image.fromarray(grey).reduce(whole)) if whole > 1 else grey
    small: Grey = dlib.resize_image(reduced, max(1, round(height * scale)), max(1, round(width * scale)))
    return small


def rectangle(box: Box) -> Any:
    """Return a box (left, top, right, bottom; right and bottom outside) as dlib's rectangle (both inside)."""
    left, top, right, bottom = box
    return dlib.rectangle(left, top, right - 1, bottom - 1)


def face_chip(rgb: Pixels, face: Face, size: int, padding: float) -> Pixels:
    """Return the aligned face as dlib cuts it: RGB, (size, size, 3)."""
    parts = dlib.points([dlib.point(round(float(x)), round(float(y))) for x, y in face.landmarks])
    chip: Pixels = dlib.get_face_chip(rgb, dlib.full_object_detection(rectangle(face.box), parts), size, padding)
    return chip
