"""What one frame's 68 landmarks say about eyes, mouth and head; all ratios, so that roll and distance do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from certification.face.types import Points

RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)  # the person's own right is at the left of an unmirrored picture
INNER_LIPS_UP, INNER_LIPS_DOWN = (61, 62, 63), (67, 66, 65)


@dataclass(frozen=True)
class Cues:
    """Ratios read from landmarks.

    eyes: mean eye-aspect ratio, about 0.2 to 0.45 open, under 0.15 closed; compare with the person's own only.
    mouth: gap of the inner lips over the mouth's width; 0 closed.
    yaw: how much nearer the nose is to the one outer eye corner than to the other, in widths between these corners;
    0 straight, positive towards the person's own right. About 0.3 at 30 degrees.
    pitch: length of the nose's ridge in widths between the outer eye corners; larger looking down.
    width: between the outer eye corners, pixels. centre: mean of the eyes, pixels. roll: radians, positive clockwise.
    """

    eyes: float
    mouth: float
    yaw: float
    pitch: float
    width: float
    centre: tuple[float, float]
    roll: float


def read_cues(points: Points) -> Cues:
    """Return the cues of 68 landmarks, shape (68, 2), in any pixels."""
    across = points[45] - points[36]
    width = max(float(np.hypot(across[0], across[1])), 1e-3)
    right = across / width
    down = np.array([-right[1], right[0]])
    to_left = float((points[45] - points[30]) @ right)
    to_right = float((points[30] - points[36]) @ right)
    lips = np.linalg.norm(points[list(INNER_LIPS_UP)] - points[list(INNER_LIPS_DOWN)], axis=1).mean()
    mouth_width = max(float(np.linalg.norm(points[54] - points[48])), 1e-3)
    middle = points[36:48].mean(axis=0)
    return Cues(
        eyes=(eye_aspect(points[RIGHT_EYE]) + eye_aspect(points[LEFT_EYE])) / 2,
        mouth=float(lips) / mouth_width,
        yaw=(to_left - to_right) / width,
        pitch=float((points[30] - points[27]) @ down) / width,
        width=width,
        centre=(float(middle[0]), float(middle[1])),
        roll=float(np.arctan2(across[1], across[0])),
    )


def eye_aspect(eye: Points) -> float:
    """Return the eye-aspect ratio of six points of an eye, shape (6, 2) (Soukupova and Cech, 2016)."""
    height = np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])
    return float(height / (2 * max(float(np.linalg.norm(eye[0] - eye[3])), 1e-3)))
