"""Whether a moving face has depth: parallax of the nose against the rest of the face.

The points of a turning flat picture move by a homography, those of a bent print by a smooth bend as well; the nose of
a real face leaves both behind. Optical flow from a frontal frame to the present one is fitted with a second-order
surface, a bend about either axis and a fold along the nose; what a nose-shaped bump must add to that, in distances
between the eyes, is the parallax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from certification.face.liveness.chips import EYES_APART, PLACES, SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certification.face.liveness.chips import Chip
    from certification.face.types import Pixels, Points

    Floats = NDArray[np.float64]

MOST_POINTS = 140
FEWEST_POINTS = 24
# Beyond these the two chips hardly show the same skin: real turns stay below 0.04 and 0.7, two people start at 0.5.
LARGEST_ERROR, LARGEST_CHANGE = 0.05, 0.75
POINT_QUALITY = 0.004
POINT_DISTANCE = 3
ROUND_TRIP = 1.0  # pixels that flow there and back may miss by
BORDER = 2
ROUNDS = 5
FLOWING = 108  # lines of a chip
# Landmarks that lie on bone: for a first affine guess of the movement. The jaw's lower half moves with the mouth.
FIRM = [0, 1, 2, 3, 4, 12, 13, 14, 15, 16, *range(17, 36), 36, 39, 42, 45]
CREASE = 0.15  # a fold may run so far beside the nose, in distances between the eyes
NOSE_WIDTH = 0.16  # standard deviation across the ridge, in distances between the eyes


@dataclass(frozen=True)
class Movement:
    """How the face moved from a reference chip to the present one, in distances between the eyes.

    across, down: the nose's parallax on the chip, to the right of the picture and downwards. error: their standard
    error. bent: how far the points are from any homography (root mean square). change: mean difference of the two
    chips once the best homography is taken off, in standard deviations of grey; what lives changes.
    stretch: ratio of the largest to the smallest scale of the affine part; a turning flat picture shrinks one way.
    points: how many points were followed.
    """

    across: float
    down: float
    error: float
    bent: float
    change: float
    stretch: float
    points: int


def compare(reference: Chip, present: Chip) -> Movement | None:
    """Return the movement between two chips of one face; None when it could not be followed reliably."""
    points = _corners(reference)
    if len(points) < FEWEST_POINTS:
        return None
    guess = _affine(reference.points[FIRM], present.points[FIRM])
    laid = np.asarray(
        cv2.warpAffine(reference.grey, guess, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )
    start = points @ guess[:, :2].T + guess[:, 2]
    end, followed = _follow(laid, present.grey, start)
    if followed.sum() < FEWEST_POINTS:
        return None
    source, target = points[followed], end[followed]
    homography = _homography(source, target)
    if homography is None:
        return None
    flat = cv2.perspectiveTransform(source[None].astype(np.float64), homography)[0]
    (across, down), error = _nose_parallax(source, target, reference)
    change = _change(reference, present.grey, homography)
    if error > LARGEST_ERROR or change > LARGEST_CHANGE:
        return None
    return Movement(
        across=across,
        down=down,
        error=error,
        bent=float(np.sqrt(((target - flat) ** 2).sum(axis=1).mean())) / EYES_APART,
        change=change,
        stretch=_stretch(source, target),
        points=len(source),
    )


def stretch(reference: Points, present: Points) -> float:
    """Return how much more the face shrank one way than the other (1: not at all), from landmarks (68, 2) alone."""
    return _stretch(reference[FIRM], present[FIRM])


def _stretch(source: NDArray[np.floating], target: NDArray[np.floating]) -> float:
    scales = np.linalg.svd(_affine(source, target)[:, :2], compute_uv=False)
    return float(scales[0] / max(scales[1], 1e-6))


def _corners(chip: Chip) -> Floats:
    """Return corners on the firm part of the face: not on eyes, mouth or jaw, which move by themselves."""
    mask = _face_mask(chip)
    for eye in (chip.points[36:42], chip.points[42:48]):
        middle, half = eye.mean(axis=0), np.ptp(eye[:, 0]) / 2 * 1.25
        cv2.ellipse(mask, (int(middle[0]), int(middle[1])), (int(half), int(half * 0.75)), 0, 0, 360, 0, -1)
    lips = chip.points[48:60]
    mask[max(int(lips[:, 1].min()), 0) :] = 0
    mask = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), dtype=np.uint8)
    found: Any = cv2.goodFeaturesToTrack(chip.grey, MOST_POINTS, POINT_QUALITY, POINT_DISTANCE, mask=mask, blockSize=5)
    if found is None:
        return np.empty((0, 2))
    return np.asarray(found[:, 0], dtype=np.float64)


def _face_mask(chip: Chip) -> Pixels:
    """Return 255 inside the face's outline from the jaw to the lower forehead."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    forehead = chip.points[17:27] - np.array([0, 0.55 * EYES_APART])
    outline = np.vstack([chip.points[[1, 2, 3, 4, 6, 8, 10, 12, 13, 14, 15]], forehead]).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(outline), 255)
    return mask


def _follow(before: Pixels, after: Pixels, points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where dense flow takes the points, and which of them flow back to where they came from."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow.setFinestScale(0)
    before, after = before[:FLOWING], after[:FLOWING]  # no point lies below the upper lip
    there: NDArray[Any] = np.asarray(flow.calc(before, after, np.empty(0, np.float32)))
    back: NDArray[Any] = np.asarray(flow.calc(after, before, np.empty(0, np.float32)))
    end = points + _sample(there, points)
    home = end + _sample(back, end)
    inside = (end > BORDER).all(axis=1) & (end < (SIDE - BORDER - 1, FLOWING - BORDER - 1)).all(axis=1)
    return end, (np.linalg.norm(home - points, axis=1) < ROUND_TRIP) & inside


def _sample(flow: NDArray[Any], points: Floats) -> Floats:
    x, y = points[:, 0].astype(np.float32), points[:, 1].astype(np.float32)
    taken = cv2.remap(flow.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(taken, dtype=np.float64).reshape(-1, 2)


def _affine(source: NDArray[np.floating], target: NDArray[np.floating]) -> Floats:
    """Return the 2 x 3 affine matrix that best lays `source` on `target` (least squares)."""
    spread = np.hstack([source, np.ones((len(source), 1))])
    return np.asarray(np.linalg.lstsq(spread, target, rcond=None)[0].T, dtype=np.float64)


def _homography(source: Floats, target: Floats) -> Floats | None:
    matrix, _ = cv2.findHomography(source, target, 0)
    return None if matrix is None else np.asarray(matrix, dtype=np.float64)


def _nose_parallax(source: Floats, target: Floats, reference: Chip) -> tuple[tuple[float, float], float]:
    """Return what a nose-shaped bump adds to the smooth movement, across and down, and its standard error."""
    x, y = ((source - PLACES.mean(axis=0)) / EYES_APART).T
    ridge = reference.points[27:31].astype(np.float64)
    slope = (ridge[-1, 0] - ridge[0, 0]) / max(ridge[-1, 1] - ridge[0, 1], 1.0)
    aside = (source[:, 0] - (ridge[0, 0] + slope * (source[:, 1] - ridge[0, 1]))) / EYES_APART
    folds = [np.abs(aside + shift) for shift in (-CREASE, 0.0, CREASE)]
    smooth = [np.ones_like(x), x, y, x * x, x * y, y * y, x**3, y**3, *folds, folds[1] * y]
    terms = np.stack([*smooth, _bump(source, reference)], axis=1)
    moved = (target - source) / EYES_APART
    weights = np.ones(len(source))
    for _ in range(ROUNDS):
        root = np.sqrt(weights)[:, None]
        fit = np.linalg.lstsq(terms * root, moved * root, rcond=None)[0]
        left = np.linalg.norm(moved - terms @ fit, axis=1)
        weights = 1 / (1 + (left / (2 * (1.48 * np.median(left) + 1e-4))) ** 2)
    spread = np.linalg.pinv((terms * weights[:, None]).T @ terms)[-1, -1]
    error = np.sqrt(max(spread, 0.0) * float((weights * left**2).sum() / weights.sum()) / 2)
    return (float(fit[-1, 0]), float(fit[-1, 1])), float(error)


def _bump(points: Floats, reference: Chip) -> Floats:
    """Return how high above the face a nose stands at the given points of the chip: 1 at its tip, 0 off it."""
    top, tip, base = (reference.points[i].astype(np.float64) for i in (27, 30, 33))
    length = max(float(np.linalg.norm(tip - top)), 1.0)
    along = (tip - top) / length
    aside = np.array([-along[1], along[0]])
    down = (points - top) @ along / length
    end = 1 + float(np.linalg.norm(base - tip)) / length
    height = np.interp(down, [-0.3, 0, 1, end, end + 0.35], [0, 0.2, 1, 0.5, 0])
    return np.asarray(height * np.exp(-0.5 * ((points - top) @ aside / (NOSE_WIDTH * EYES_APART)) ** 2))


def _change(reference: Chip, present: Pixels, homography: Floats) -> float:
    """Return how much grey differs inside the face after the homography, in standard deviations."""
    laid = cv2.warpPerspective(reference.grey, homography, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(_face_mask(reference), homography, (SIDE, SIDE)) > 0
    if not inside.any():
        return 0.0
    a, b = (_even(np.asarray(cv2.GaussianBlur(chip, (0, 0), 1.5)), inside) for chip in (laid, present))
    return float(np.abs(a - b).mean())


def _even(grey: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    taken = grey[inside].astype(np.float32)
    return np.asarray((taken - taken.mean()) / max(float(taken.std()), 1.0))
