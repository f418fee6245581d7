"""The answerer of a process: knowledge and weights from files, loaded when first asked, exchanged when they change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from policy.answering.answerer import Answerer
from policy.answering.digests import digest_of
from policy.answering.guards import read_guards
from policy.answering.model import Model, ModelUnusable, load
from policy.answering.normalise import Normaliser
from policy.answering.words import read_words
from policy.records import FOLDER, read_knowledge

if TYPE_CHECKING:
    from pathlib import Path

    from policy.answering.guards import Guard
    from policy.answering.thresholds import Thresholds
    from policy.records import Knowledge


@dataclass(frozen=True)
class Material:
    """What stands in files: the shipped knowledge, the guards, what makes texts alike."""

    knowledge: Knowledge
    guards: tuple[Guard, ...]
    normalise: Normaliser


def read_material(folder: Path = FOLDER) -> Material:
    """Return what the files hold; raise ValueError naming a file that is not as it must be."""
    return Material(
        read_knowledge(folder),
        read_guards(folder / "guards.yaml"),
        Normaliser(read_words(folder / "words.yaml")),
    )


class Desk:
    """Answers by the newest weights that fit the knowledge; folder: where training puts them."""

    def __init__(self, folder: Path, thresholds: Thresholds) -> None:
        self._folder = folder
        self._thresholds = thresholds
        self._lock = Lock()
        self._newest: Answerer | None = None

    @cached_property
    def material(self) -> Material:
        """What stands in files, read once."""
        return read_material()

    def path_of(self, knowledge: Knowledge) -> Path:
        """Return where the weights for this knowledge are kept."""
        return self._folder / f"{digest_of(knowledge, self.material.normalise)[:16]}.npz"

    def answerer(self, knowledge: Knowledge | None = None) -> Answerer | None:
        """Return the answerer for this knowledge, the shipped one by default; None while its weights are missing."""
        with self._lock:
            material = self.material
            known = knowledge or material.knowledge
            if self._newest is not None and self._newest.knowledge is known:
                return self._newest
            try:
                weights = load(self.path_of(known))
            except (OSError, ModelUnusable):
                return None
            model = Model(weights, material.normalise)
            # one at a time: weights take some megabytes
            self._newest = Answerer(known, model, material.guards, material.normalise, self._thresholds)
            return self._newest

    @property
    def newest(self) -> Answerer | None:
        """What answered last, for while newer weights are being trained."""
        return self._newest
