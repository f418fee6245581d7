"""The nose of a real head leaves the plane when it turns; a picture's does not, however it is bent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from certification.face.decode import decode_frame
from certification.face.liveness.chips import cut_chip, likeness
from certification.face.liveness.cues import read_cues
from certification.face.liveness.depth import compare
from tests.attacks import Pose, Still, film

if TYPE_CHECKING:
    from certification.face.liveness.chips import Chip
    from certification.face.types import FaceEngine, Pixels

BOUND = 0.015  # half of what a turn needs
HELD = [
    Pose(yaw=35), Pose(yaw=-40), Pose(pitch=30), Pose(yaw=25, pitch=-20, roll=15, near=1.2),
    Pose(yaw=35, bend=60), Pose(yaw=-35, bend=120), Pose(yaw=30, bend=90, upright=False),
    Pose(yaw=30, fold=20), Pose(yaw=-30, fold=35), Pose(bend=120), Pose(fold=35),
]  # fmt: skip


def chip_of(engine: FaceEngine, rgb: Pixels) -> Chip:
    return cut_chip(rgb, engine.find(rgb)[0].landmarks)


@pytest.mark.parametrize("pose", HELD, ids=str)
def test_a_print_shows_no_parallax(face_engine: FaceEngine, astronaut_still: Still, pose: Pose) -> None:
    straight, held = (decode_frame(jpeg) for jpeg in film(astronaut_still, [Pose(), pose]))
    movement = compare(chip_of(face_engine, straight), chip_of(face_engine, held))
    assert movement is not None
    assert abs(movement.across) < BOUND
    assert abs(movement.down) < BOUND


def test_a_still_picture_does_not_change(face_engine: FaceEngine, astronaut_still: Still) -> None:
    before, after = (decode_frame(jpeg) for jpeg in film(astronaut_still, [Pose(), Pose(x=40, yaw=20)]))
    movement = compare(chip_of(face_engine, before), chip_of(face_engine, after))
    assert movement is not None
    assert movement.change < 0.04


@pytest.mark.parametrize(("second", "way"), [(20, -1), (21.2, 1)], ids=["right", "left"])
def test_the_nose_of_a_living_head_moves_with_the_turn(
    face_engine: FaceEngine, webcam_man: list[Pixels], second: float, way: int
) -> None:
    straight, turned = webcam_man[95], webcam_man[round(5 * second)]
    movement = compare(chip_of(face_engine, straight), chip_of(face_engine, turned))
    assert movement is not None
    assert way * movement.across > 0.05
    assert way * read_cues(face_engine.find(turned)[0].landmarks).yaw < -0.2


def test_two_people_do_not_flow_into_each_other(
    face_engine: FaceEngine, astronaut_still: Still, webcam_man: list[Pixels]
) -> None:
    [jpeg] = film(astronaut_still, [Pose()])
    one, other = chip_of(face_engine, decode_frame(jpeg)), chip_of(face_engine, webcam_man[0])
    assert likeness(one.grey, other.grey) < 0.8
    assert compare(one, other) is None


def test_a_plain_surface_gives_nothing_to_follow(face_engine: FaceEngine, astronaut_still: Still) -> None:
    [jpeg] = film(astronaut_still, [Pose()])
    chip = chip_of(face_engine, decode_frame(jpeg))
    plain = type(chip)(np.full_like(chip.grey, 128), chip.points)
    assert compare(plain, chip) is None
