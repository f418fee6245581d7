"""Python's search for circles of objects, held back while a command makes very many in none."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# How many objects more there are before Python looks for circles among them; by itself it looks after 700.
_OBJECTS_BETWEEN_LOOKS = 200_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let Python look seldom: to look through the rows of a file took two fifths of an import's own time."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
