"""The aligned face: a small grey picture in which the eyes always lie at the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certification.face.types import Pixels, Points

SIDE = 128
EYES_APART = 44.0  # pixels between the eyes' centres on the chip; the unit of length there
# Points that neither speech nor blinking moves, and where they lie on the chip.
ANCHORS = [36, 39, 42, 45, 27, 33]
PLACES = np.array(
    [[-0.73, 0], [-0.27, 0.02], [0.27, 0.02], [0.73, 0], [0, -0.05], [0, 0.78]], dtype=np.float64
) * EYES_APART + np.array([SIDE / 2, 50.0])


@dataclass(frozen=True)
class Chip:
    """grey: (128, 128). points: the 68 landmarks on the chip, shape (68, 2)."""

    grey: Pixels
    points: Points


def cut_chip(rgb: Pixels, points: Points) -> Chip:
    """Return the aligned face of an RGB picture with the given landmarks (68, 2)."""
    matrix = similarity(points[ANCHORS], PLACES)
    colour = cv2.warpAffine(rgb, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cut = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return Chip(np.asarray(cut, dtype=np.uint8), moved.astype(np.float32))


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the 2 x 3 matrix of the shift, turn and scale that best lays `source` on `target` (least squares)."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_middle, target - to_middle
    size = max(float((a**2).sum()), 1e-6)
    cos = float((a * b).sum()) / size
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / size
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.hstack([turn, (to_middle - turn @ from_middle)[:, None]])


def likeness(one: Pixels, other: Pixels) -> float:
    """Return the correlation (-1 to 1) of two blurred chips: the same face some time later stays above 0.6."""
    a, b = (cv2.resize(chip, (32, 32), interpolation=cv2.INTER_AREA)[3:30, 4:28] for chip in (one, other))
    if a.std() < 1 or b.std() < 1:
        return 1.0
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
