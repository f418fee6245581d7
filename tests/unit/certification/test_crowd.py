"""More people than places: who waits is told how long, and comes in by the order of asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from certification.verifiers.crowd import IDLE, LONGEST_WAIT, SHORTEST_WAIT, Crowd

NOW = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_it_works() -> None:
    crowd = Crowd(2)
    first, second, third, fourth = (uuid4() for _ in range(4))
    assert (crowd.enter(first, NOW), crowd.enter(second, NOW), crowd.enter(first, NOW)) == (0, 0, 0)
    waits = crowd.enter(third, NOW), crowd.enter(fourth, NOW)
    assert SHORTEST_WAIT <= waits[0] < waits[1] <= LONGEST_WAIT
    crowd.stay(first, later(9))
    crowd.leave(first, later(10))
    assert crowd.enter(fourth, later(10)) > 0, "the place is for whoever asked first"
    assert crowd.enter(third, later(10)) == 0


def test_whoever_went_away_holds_up_nobody() -> None:
    crowd = Crowd(1)
    gone, impatient, patient = (uuid4() for _ in range(3))
    crowd.enter(gone, NOW)
    told = crowd.enter(impatient, NOW)
    crowd.enter(patient, NOW)
    assert crowd.enter(patient, later(IDLE.total_seconds() + 1)) > 0, "the first in line may still come"
    assert crowd.enter(patient, later(told + IDLE.total_seconds() + 1)) == 0


def test_the_wait_follows_how_long_people_take() -> None:
    slow, fast = Crowd(1), Crowd(1)
    for crowd, seconds in ((slow, 100), (fast, 4)):
        for place in range(40):
            one = uuid4()
            began = later(place * 200)
            assert crowd.enter(one, began) == 0
            crowd.leave(one, began + timedelta(seconds=seconds))
        crowd.enter(uuid4(), later(9000))
    assert fast.enter(uuid4(), later(9000)) < 10
    assert slow.enter(uuid4(), later(9000)) > 90
