from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from certification.challenge import TURNS, draw_challenge
from certification.face.types import Action


@given(seed=st.integers(), excluded=st.sets(st.sampled_from(list(Action))))
def test_a_challenge_asks_for_different_possible_actions_and_a_turn_where_there_is_one(
    seed: int, excluded: set[Action]
) -> None:
    drawn = draw_challenge(Random(seed), excluded)
    possible = set(Action) - excluded
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= possible
    assert min(2, len(possible)) <= len(drawn) <= 3
    if possible & set(TURNS):
        assert set(drawn) & set(TURNS)


def test_order_and_count_are_left_to_chance() -> None:
    chance = Random(1)
    drawn = [draw_challenge(chance, ()) for _ in range(2000)]
    assert Counter(map(len, drawn)).keys() == {2, 3}
    firsts = Counter(challenge[0] for challenge in drawn)
    assert set(firsts) == set(Action)
    assert len(set(drawn)) > 50
