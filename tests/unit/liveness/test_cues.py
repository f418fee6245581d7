from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from certification.face.liveness.cues import read_cues

if TYPE_CHECKING:
    from certification.face.types import Points


def drawn_face(*, nose_x: float = 0, nose_y: float = 40, eyes: float = 0.3, mouth: float = 0.0) -> Points:
    """A face seen from before, eyes' outer corners 160 px apart; the person's right eye is at the picture's left."""
    points = np.zeros((68, 2), dtype=np.float32)
    for first, middle in ((36, -55.0), (42, 55.0)):
        half, lid = 25.0, 50.0 * eyes / 2
        points[first : first + 6] = [
            (middle - half, 0), (middle - 9, -lid), (middle + 9, -lid),
            (middle + half, 0), (middle + 9, lid), (middle - 9, lid),
        ]  # fmt: skip
    points[27] = (0, 0)
    points[30] = (nose_x, nose_y)
    points[48], points[54] = (-40, 80), (40, 80)
    points[[61, 62, 63]] = [(-15, 80), (0, 80), (15, 80)]
    points[[67, 66, 65]] = [(-15, 80 + 80 * mouth), (0, 80 + 80 * mouth), (15, 80 + 80 * mouth)]
    return points + np.array([300, 200], dtype=np.float32)


def rolled(points: Points, degrees: float, scale: float = 1.0) -> Points:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(scale * (points - 300) @ turn.T + 300, dtype=np.float32)


def test_it_works() -> None:
    cues = read_cues(drawn_face(eyes=0.3, mouth=0.4))
    assert cues.yaw == pytest.approx(0, abs=1e-6)
    assert cues.eyes == pytest.approx(0.3, abs=0.01)
    assert cues.mouth == pytest.approx(0.4, abs=0.01)
    assert cues.width == pytest.approx(160)


def test_a_nose_at_the_left_of_the_picture_is_a_turn_to_the_persons_own_right() -> None:
    assert read_cues(drawn_face(nose_x=-24)).yaw == pytest.approx(0.3)


def test_a_nose_at_the_right_of_the_picture_is_a_turn_to_the_persons_own_left() -> None:
    assert read_cues(drawn_face(nose_x=24)).yaw == pytest.approx(-0.3)


def test_looking_down_lengthens_the_ridge_of_the_nose() -> None:
    assert read_cues(drawn_face(nose_y=60)).pitch > read_cues(drawn_face(nose_y=40)).pitch + 0.1


@pytest.mark.parametrize("degrees", [-40, -15, 25, 60])
def test_a_phone_held_aslant_or_farther_away_changes_nothing(degrees: float) -> None:
    points = drawn_face(nose_x=-20, eyes=0.25, mouth=0.3)
    straight, aslant = read_cues(points), read_cues(rolled(points, degrees, scale=0.6))
    assert (aslant.yaw, aslant.pitch, aslant.eyes, aslant.mouth) == pytest.approx(
        (straight.yaw, straight.pitch, straight.eyes, straight.mouth), abs=1e-3
    )
    assert np.degrees(aslant.roll - straight.roll) == pytest.approx(degrees, abs=0.1)


def test_landmarks_all_in_one_place_do_not_break_it() -> None:
    assert np.isfinite(read_cues(np.zeros((68, 2), dtype=np.float32)).eyes)
