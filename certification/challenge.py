"""Which movements an attempt asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from certification.face.types import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

T = TypeVar("T")

TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)
FEWEST, MOST = 2, 3


class Chance(Protocol):
    """A source of chance; the operating system's own outside tests."""

    def choice(self, options: Sequence[T]) -> T:
        """Return one of `options`."""

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        """Return `k` different ones of `options` in random order."""


def draw_challenge(chance: Chance, excluded: Collection[Action]) -> tuple[Action, ...]:
    """Return two or three different actions in random order, none of `excluded`.

    One of them is a turn wherever the person can turn: only a turn tells a face from a flat picture. Empty when the
    person can do none of them; a single one when only one is left.
    """
    possible = [action for action in Action if action not in excluded]
    turns = [action for action in TURNS if action in possible]
    count = min(chance.choice(range(FEWEST, MOST + 1)), len(possible))
    if not turns:
        return tuple(chance.sample(possible, count))
    turn = chance.choice(turns)
    others = chance.sample([action for action in possible if action is not turn], count - 1)
    return tuple(chance.sample([turn, *others], count))
