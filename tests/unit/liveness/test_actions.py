from __future__ import annotations

import pytest

from certification.face.liveness.actions import is_seen
from certification.face.liveness.state import Row
from certification.face.types import Action

STRAIGHT = Row(
    at_ms=0, eyes=0.3, mouth=0.05, yaw=0, pitch=0.3, turned=0, tipped=0, from_turned=0, from_tipped=0,
    across=0, down=0, error=0.005, change=0.1, stretch=1, points=60, good=1, gap=0,
)  # fmt: skip
BEFORE = [STRAIGHT] * 6


def turned(amount: float, parallax: float | None = None) -> Row:
    """A turn of a real head, whose nose moves against the turn's sign, or with the given parallax."""
    across = -0.3 * amount if parallax is None else parallax
    return STRAIGHT._replace(yaw=amount, turned=amount, from_turned=amount, across=across)


def nodding(amount: float, parallax: float | None = None) -> Row:
    down = amount if parallax is None else parallax
    return STRAIGHT._replace(tipped=amount, from_tipped=amount, down=down)


def seen(action: Action, rows: list[Row]) -> bool:
    return is_seen(action, rows, [*BEFORE, *rows])


SHUT = STRAIGHT._replace(eyes=0.12)
AGAPE = STRAIGHT._replace(mouth=0.45)
GAP = STRAIGHT._replace(gap=1)
SHOWN = {
    Action.BLINK: [SHUT, SHUT],
    Action.OPEN_MOUTH: [STRAIGHT._replace(mouth=0.2), AGAPE],
    Action.TURN_RIGHT: [turned(0.12), turned(0.2), turned(0.3)],
    Action.TURN_LEFT: [turned(-0.12), turned(-0.2), turned(-0.3)],
    Action.NOD: [nodding(0.05), nodding(0.1)],
}


@pytest.mark.parametrize("action", Action)
def test_it_works(action: Action) -> None:
    assert seen(action, [STRAIGHT, *SHOWN[action], STRAIGHT])


@pytest.mark.parametrize("action", Action)
def test_nothing_is_seen_where_nothing_is_done(action: Action) -> None:
    assert not seen(action, [STRAIGHT] * 20)


@pytest.mark.parametrize("action", Action)
def test_another_action_is_not_taken_for_it(action: Action) -> None:
    for other in set(Action) - {action}:
        assert not seen(action, [STRAIGHT, *SHOWN[other], STRAIGHT]), other


@pytest.mark.parametrize("action", Action)
def test_what_was_held_already_when_asked_does_not_count(action: Action) -> None:
    assert not seen(action, [SHOWN[action][-1]] * 5)
    assert not seen(action, [*[SHOWN[action][-1]] * 5, STRAIGHT])


@pytest.mark.parametrize("action", Action)
def test_what_was_held_already_counts_once_it_is_done_again_from_the_neutral_face(action: Action) -> None:
    assert seen(action, [SHOWN[action][-1], STRAIGHT, *SHOWN[action], STRAIGHT])


@pytest.mark.parametrize("action", [Action.BLINK, Action.OPEN_MOUTH, Action.NOD])
def test_it_has_to_come_back(action: Action) -> None:
    assert not seen(action, [STRAIGHT, *SHOWN[action], *[SHOWN[action][-1]] * 5])


@pytest.mark.parametrize("action", [Action.TURN_LEFT, Action.TURN_RIGHT])
def test_a_turn_may_be_held(action: Action) -> None:
    assert seen(action, [STRAIGHT, *SHOWN[action]])


@pytest.mark.parametrize("action", Action)
def test_a_gap_breaks_it(action: Action) -> None:
    assert not seen(action, [STRAIGHT, SHOWN[action][0], GAP, *SHOWN[action][1:], STRAIGHT])


@pytest.mark.parametrize("action", [Action.TURN_LEFT, Action.TURN_RIGHT])
def test_a_turn_without_parallax_is_a_picture(action: Action) -> None:
    flat = [row._replace(across=0.0) for row in SHOWN[action]]
    assert not seen(action, [STRAIGHT, *flat, STRAIGHT])


@pytest.mark.parametrize("action", [Action.TURN_LEFT, Action.TURN_RIGHT])
def test_parallax_the_wrong_way_round_is_no_nose(action: Action) -> None:
    hollow = [row._replace(across=-row.across) for row in SHOWN[action]]
    assert not seen(action, [STRAIGHT, *hollow, STRAIGHT])


def test_two_photographs_are_no_turn() -> None:
    assert not seen(Action.TURN_RIGHT, [STRAIGHT, *[turned(0.3)] * 5, STRAIGHT])


def test_from_one_side_to_the_other_without_a_straight_frame_between() -> None:
    assert seen(Action.TURN_LEFT, [turned(0.25), turned(-0.15), turned(-0.3)])


def test_a_nod_without_parallax_is_a_tilted_picture() -> None:
    assert not seen(Action.NOD, [STRAIGHT, nodding(0.1, 0.0), STRAIGHT])


def test_drooping_lids_are_measured_against_themselves() -> None:
    drooping = STRAIGHT._replace(eyes=0.17)
    rows = [drooping, drooping._replace(eyes=0.09), drooping]
    assert is_seen(Action.BLINK, rows, [drooping] * 6 + rows)
    assert not is_seen(Action.BLINK, [drooping] * 10, [drooping] * 20)


def test_lids_that_sink_when_looking_down_are_no_blink() -> None:
    assert not seen(Action.BLINK, [STRAIGHT, SHUT._replace(tipped=0.15), STRAIGHT])


def test_a_smile_that_shows_teeth_is_a_resting_mouth() -> None:
    smiling = STRAIGHT._replace(mouth=0.22)
    assert not is_seen(Action.OPEN_MOUTH, [smiling, smiling._replace(mouth=0.35), smiling], [smiling] * 10)
