"""Whether a picture of a face can be compared at all, and what would help most when it cannot.

Starting values measured on phone-like pictures. The detector itself is no gate: it finds faces that are dark, blurred
or cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from certification.face.types import Advice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from certification.face.types import Face, Pixels

DARK_MEAN = 40.0
BRIGHT_VALUE = 250
BRIGHT_SHARE = 0.30
SHARPNESS_SIDE = 200
BLURRED_VARIANCE = 15.0
FAR_WIDTH = 100
SECOND_FACE_SHARE = 1 / 3


def advice_for(rgb: Pixels, faces: Sequence[Face]) -> Advice | None:
    """Return the first thing wrong with a picture whose faces, widest first, are given; None when it can serve.

    Darkness is asked before sharpness because noise in the dark looks sharp.
    """
    if not faces:
        return Advice.NO_FACE
    face = faces[0]
    grey = _grey_of(rgb, face)
    if grey.size == 0:
        return Advice.CUT_OFF
    gates: tuple[tuple[Advice, Callable[[], bool]], ...] = (
        (Advice.TOO_DARK, lambda: bool(grey.mean() < DARK_MEAN)),
        (Advice.TOO_BRIGHT, lambda: bool((grey >= BRIGHT_VALUE).mean() > BRIGHT_SHARE)),
        (Advice.BLURRED, lambda: sharpness_of(grey) < BLURRED_VARIANCE),
        (Advice.TOO_FAR, lambda: face.width < FAR_WIDTH),
        (Advice.SEVERAL_FACES, lambda: any(other.width > face.width * SECOND_FACE_SHARE for other in faces[1:])),
        (Advice.CUT_OFF, lambda: _leaves(rgb, face)),
    )
    return next((advice for advice, stands in gates if stands()), None)


def sharpness(rgb: Pixels, face: Face) -> float:
    """Return the variance of the Laplacian of a face scaled to 200 px; larger is sharper, 0 for an empty box."""
    grey = _grey_of(rgb, face)
    return sharpness_of(grey) if grey.size else 0.0


def sharpness_of(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the four-neighbour Laplacian of a grey face, after scaling it to 200 x 200."""
    side = (SHARPNESS_SIDE, SHARPNESS_SIDE)
    scaled = np.asarray(Image.fromarray(grey).resize(side, Image.Resampling.BILINEAR), dtype=np.float32)
    laplacian = scaled[:-2, 1:-1] + scaled[2:, 1:-1] + scaled[1:-1, :-2] + scaled[1:-1, 2:] - 4 * scaled[1:-1, 1:-1]
    return float(laplacian.var())


def _grey_of(rgb: Pixels, face: Face) -> NDArray[np.uint8]:
    left, top, right, bottom = face.box
    inside = rgb[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if inside.size == 0:
        return np.empty((0, 0), dtype=np.uint8)
    return np.asarray(Image.fromarray(np.ascontiguousarray(inside)).convert("L"))


def _leaves(rgb: Pixels, face: Face) -> bool:
    left, top, right, bottom = face.box
    height, width = rgb.shape[:2]
    return left < 0 or top < 0 or right > width or bottom > height
