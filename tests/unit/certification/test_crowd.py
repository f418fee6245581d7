"""More people than places: who waits is told how long, and comes in by the order of asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from certification.verifiers.crowd import GOOD_SECONDS, IDLE, LONGEST_WAIT, RAMP_SECONDS, SHORTEST_WAIT, Crowd

NOW = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_it_works() -> None:
    crowd = Crowd(2)
    first, second, third, fourth = (uuid4() for _ in range(4))
    assert (crowd.enter(first, NOW), crowd.enter(second, later(RAMP_SECONDS)), crowd.enter(first, NOW)) == (0, 0, 0)
    waits = crowd.enter(third, later(2 * RAMP_SECONDS)), crowd.enter(fourth, later(2 * RAMP_SECONDS))
    assert SHORTEST_WAIT <= waits[0] < waits[1] <= LONGEST_WAIT
    crowd.stay(first, later(9), picture_seconds=0.1)
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


def test_a_machine_that_does_not_keep_up_has_fewer_places() -> None:
    crowd = Crowd(10)
    people = [uuid4() for _ in range(10)]
    for place, one in enumerate(people[:5]):
        assert crowd.enter(one, later(place * RAMP_SECONDS - 10)) == 0
    for _ in range(100):
        for one in people[:5]:
            crowd.stay(one, NOW, picture_seconds=4 * GOOD_SECONDS)
    assert crowd.enter(people[5], NOW) > 0
    assert crowd.enter(people[0], NOW) == 0, "whoever is inside goes on"
    for one in people[:4]:
        crowd.leave(one, NOW)
    assert crowd.enter(people[5], NOW) == 0, "two and a half places are two"
    assert crowd.enter(people[6], NOW) > 0
    crowd.leave(people[4], NOW)
    crowd.leave(people[5], NOW)
    again = [crowd.enter(one, later(200 + place * RAMP_SECONDS / 2)) for place, one in enumerate(people)]
    assert again == [0] * 10, "a new crowd is measured anew"


def test_not_everybody_comes_in_at_once() -> None:
    crowd = Crowd(16)
    people = [uuid4() for _ in range(16)]
    assert [crowd.enter(one, NOW) == 0 for one in people] == [True] * 4 + [False] * 12
    assert [crowd.enter(one, later(RAMP_SECONDS)) == 0 for one in people] == [True] * 8 + [False] * 8
