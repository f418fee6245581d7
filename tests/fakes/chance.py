from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.types import Action


class KnownChance:
    """A source of chance from which a challenge of just these actions is drawn, one turn among them, in this order."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self._actions = list(actions)

    def choice(self, options: Sequence[Any]) -> Any:
        if isinstance(options, range):
            return options[options.index(len(self._actions))]
        return next(option for option in options if option in self._actions)

    def sample(self, options: Sequence[Any], k: int) -> list[Any]:
        return [action for action in self._actions if action in options][:k]
