"""From the counted features of a question to a sparse vector of length one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from policy.answering.features import Blocks


@dataclass(frozen=True)
class Sparse:
    """A sparse vector: places and what stands there. known: the share of the features that training has seen."""

    places: NDArray[np.int32]
    values: NDArray[np.float32]
    known: float


@dataclass(frozen=True)
class Postings:
    """Vectors turned about: for each place, which of them have something there, and what.

    begins: where the entries of each place begin, and where the last ones end.
    """

    begins: NDArray[np.int32]
    owners: NDArray[np.uint16]
    values: NDArray[np.float16]
    count: int

    def likeness(self, vector: Sparse) -> NDArray[np.float64]:
        """Return the product of each of them with a vector."""
        spans = [(int(self.begins[place]), int(self.begins[place + 1])) for place in vector.places]
        if not spans:
            return np.zeros(self.count)
        owners = np.concatenate([self.owners[begin:end] for begin, end in spans])
        values = np.concatenate([self.values[begin:end] for begin, end in spans])
        products = values * np.repeat(vector.values, [end - begin for begin, end in spans])
        return np.bincount(owners, weights=products, minlength=self.count).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Vectoriser:
    """Weighs features: rare ones more (idf), repeated ones little more, each block by its own weight.

    places: for each block its features with their places, which go on from block to block. idf: by place.
    """

    places: tuple[dict[str, int], ...]
    idf: NDArray[np.float32]
    weights: tuple[float, ...]

    @property
    def size(self) -> int:
        """The number of places."""
        return len(self.idf)

    def __call__(self, blocks: Blocks) -> Sparse:
        """Return the vector of a question."""
        found = [
            self._block(counted, places, weight)
            for counted, places, weight in zip(blocks, self.places, self.weights, strict=True)
        ]
        places = np.concatenate([at for at, _values, _known in found])
        values = np.concatenate([each for _at, each, _known in found])
        return Sparse(places, _of_length_one(values), found[0][2])

    def _block(
        self, counted: Counter[str], places: dict[str, int], weight: float
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], float]:
        seen = [(places[feature], count) for feature, count in counted.items() if feature in places]
        at = np.array([place for place, _count in seen], dtype=np.int32)
        counts = np.array([count for _place, count in seen], dtype=np.float32)
        values = _of_length_one((1 + np.log(counts)) * self.idf[at])
        return at, values * np.float32(weight), len(seen) / max(1, len(counted))


def _of_length_one(values: NDArray[np.float32]) -> NDArray[np.float32]:
    norm = np.sqrt((values**2).sum())
    return values / norm if norm else values
