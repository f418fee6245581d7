"""Questions that are refused by their words: money that depends on the person, others' data, danger, tricks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from policy.records import Outside
from policy.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Guard:
    """The patterns of one kind; `unless` takes them back.

    is_firm: whatever else a question says, it is refused; otherwise one that is surely ours is answered all the same.
    """

    kind: Outside
    is_firm: bool
    patterns: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None

    def catches(self, tidy: str) -> bool:
        """Say whether a tidy text is of this kind."""
        if self.unless is not None and self.unless.search(tidy):
            return False
        return any(pattern.search(tidy) for pattern in self.patterns)


def read_guards(path: Path) -> tuple[Guard, ...]:
    """Return the guards of a file, in its order; raise ValueError naming what is wrong with it."""
    try:
        found = read_yaml(path)
        return tuple(
            Guard(
                Outside(kind),
                bool(one.get("firm")),
                tuple(re.compile(pattern) for pattern in one["patterns"]),
                re.compile(one["unless"]) if one.get("unless") else None,
            )
            for kind, one in found.items()
        )
    except (yaml.YAMLError, KeyError, ValueError, TypeError, AttributeError, re.error) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault


def first_caught(guards: tuple[Guard, ...], tidy: str) -> Guard | None:
    """Return the first guard that catches a text."""
    return next((guard for guard in guards if guard.catches(tidy)), None)
