"""The trained weights, served by numpy alone: what a question is about, whether it is ours at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from policy.answering.features import VERSION, Terms, extract
from policy.answering.vectors import Postings, Vectoriser
from policy.records import Outside

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from policy.answering.normalise import Normaliser
    from policy.answering.vectors import Sparse

OUTSIDE_CLASS = "outside:"
MOST_NEAREST = 3
_FORMAT = 2


class ModelUnusable(Exception):
    """A file holds no weights that this code can use: another format, other features, damaged."""


@dataclass(frozen=True)
class Example:
    """A training question, what it belongs to, and how like the question at hand it is (0 to 1)."""

    text: str
    label: str
    likeness: float


@dataclass(frozen=True)
class Weighed:
    """What the model makes of a question.

    topics: ids with their probabilities among topics, the best first. inside: the probability that the question is one
    of ours. right: the probability that the best topic is right if it is. kinds: the outside kinds, likewise ranked.
    """

    topics: tuple[tuple[str, float], ...]
    inside: float
    right: float
    kinds: tuple[tuple[Outside, float], ...]
    nearest: tuple[Example, ...] = field(repr=False)


@dataclass(frozen=True)
class Weights:
    """Everything that training finds.

    labels: topics, then outside kinds as `outside:<kind>`. weights: features by labels. gate: in or out, by feature.
    inside, right: the coefficients of the two judgements over the signs of `signs_of`, the intercept last.
    examples: the training questions, normalised, with their labels' places and vectors.
    """

    digest: str
    labels: tuple[str, ...]
    vectoriser: Vectoriser
    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    gate: NDArray[np.float32]
    gate_bias: float
    inside: NDArray[np.float64]
    right: NDArray[np.float64]
    examples: tuple[str, ...] = field(repr=False)
    owners: NDArray[np.int32]
    vectors: Postings


@dataclass(frozen=True)
class Scores:
    """The raw evidence for one question: log-odds by label, the gate's log-odds, likeness to every example."""

    by_label: NDArray[np.float64]
    gate: float
    likeness: NDArray[np.float64]
    known: float
    length: int


class Model:
    """Weighs questions."""

    def __init__(self, weights: Weights, normalise: Normaliser) -> None:
        self.weights = weights
        self._normalise = normalise
        self._terms = Terms(normalise.words.terms)
        self._texts = frozenset(weights.examples)
        self._topic_count = sum(not label.startswith(OUTSIDE_CLASS) for label in weights.labels)
        self._kinds = tuple(Outside(label.removeprefix(OUTSIDE_CLASS)) for label in weights.labels[self._topic_count :])

    def knows(self, plain: str) -> bool:
        """Say whether a normalised text is one of the training questions."""
        return plain in self._texts

    def weigh(self, question: str) -> Weighed:
        """Return what a question seems to be about."""
        plain = self._normalise(question)
        found = self.weights
        vector = found.vectoriser(extract(plain, self._terms))
        scores = score(found, vector, len(plain))
        signs = signs_of(scores, found.owners, self._topic_count)
        topics = _softmax(scores.by_label[: self._topic_count])
        kinds = _softmax(scores.by_label[self._topic_count :])
        order = np.argsort(-topics, kind="stable")
        nearest = np.argsort(-scores.likeness, kind="stable")[:MOST_NEAREST]
        return Weighed(
            topics=tuple((found.labels[place], float(topics[place])) for place in order),
            inside=judge(found.inside, signs),
            right=judge(found.right, signs),
            kinds=tuple((self._kinds[place], float(kinds[place])) for place in np.argsort(-kinds, kind="stable")),
            nearest=tuple(
                Example(found.examples[at], found.labels[found.owners[at]], float(scores.likeness[at]))
                for at in nearest
            ),
        )


def mixed(alone: Weighed, joined: Weighed, own: float) -> Weighed:
    """Return what a question that hangs on the one before is about.

    alone: the question by itself; joined: behind the one before; own: how much its own words count, 0 to 1.
    """
    shares = {topic: own * share for topic, share in alone.topics}
    for topic, share in joined.topics:
        shares[topic] = shares.get(topic, 0.0) + (1 - own) * share
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    best = ranked[0][0]
    agreeing = [one.right for one in (alone, joined) if one.topics[0][0] == best]
    right = max(agreeing) if agreeing else min(alone.right, joined.right)
    return Weighed(tuple(ranked), max(alone.inside, joined.inside), right, joined.kinds, joined.nearest)


def score(weights: Weights, vector: Sparse, length: int) -> Scores:
    """Return the raw evidence for a vector."""
    by_label = vector.values @ weights.weights[vector.places].astype(np.float32) + weights.bias
    gate = float(vector.values @ weights.gate[vector.places]) + weights.gate_bias
    return Scores(by_label.astype(np.float64), gate, weights.vectors.likeness(vector), vector.known, length)


def signs_of(scores: Scores, owners: NDArray[np.int32], topic_count: int) -> NDArray[np.float64]:
    """Return the signs by which the two judgements go, as numbers of about the same size."""
    topics, kinds = scores.by_label[:topic_count], scores.by_label[topic_count:]
    ranked = np.sort(topics)[::-1]
    shares = np.sort(_softmax(topics))[::-1]
    is_topic = owners < topic_count
    near_in = float(scores.likeness[is_topic].max(initial=0.0))
    near_out = float(scores.likeness[~is_topic].max(initial=0.0))
    best = int(topics.argmax())
    near_best = float(scores.likeness[owners == best].max(initial=0.0))
    return np.array(
        [
            ranked[0],
            ranked[0] - ranked[1],
            float(np.log(shares[0] + 1e-9)),
            kinds.max(initial=-10.0),
            scores.gate,
            near_in,
            near_out,
            near_in - near_out,
            near_best - near_in,
            scores.known,
            float(np.log1p(scores.length)),
        ]
    )


def judge(coefficients: NDArray[np.float64], signs: NDArray[np.float64]) -> float:
    """Return the probability of a judgement from its signs."""
    return float(1 / (1 + np.exp(-(signs @ coefficients[:-1] + coefficients[-1]))))


def save(weights: Weights, path: Path) -> None:
    """Write weights as one file, whole or not at all."""
    vectors = weights.vectors
    header = {
        "format": _FORMAT,
        "features": VERSION,
        "digest": weights.digest,
        "labels": weights.labels,
        "places": [list(block) for block in weights.vectoriser.places],
        "block_weights": weights.vectoriser.weights,
        "gate_bias": weights.gate_bias,
        "examples": weights.examples,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.writing.npz")  # two may train at once
    np.savez_compressed(
        unfinished,
        header=np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
        idf=weights.vectoriser.idf,
        weights=weights.weights,
        bias=weights.bias,
        gate=weights.gate,
        inside=weights.inside,
        right=weights.right,
        owners=weights.owners,
        vector_begins=vectors.begins,
        vector_owners=vectors.owners,
        vector_values=vectors.values,
    )
    unfinished.replace(path)


def load(path: Path) -> Weights:
    """Return the weights of a file. Raises OSError where there is none, ModelUnusable for what cannot be used."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            header = json.loads(stored["header"].tobytes())
            if (header["format"], header["features"]) != (_FORMAT, VERSION):
                raise ModelUnusable(path.name)
            sizes = np.cumsum([0, *map(len, header["places"])])
            places = tuple(
                {feature: int(begin) + at for at, feature in enumerate(block)}
                for begin, block in zip(sizes, header["places"], strict=False)
            )
            examples = tuple(header["examples"])
            return Weights(
                digest=header["digest"],
                labels=tuple(header["labels"]),
                vectoriser=Vectoriser(places, stored["idf"], tuple(header["block_weights"])),
                weights=stored["weights"],
                bias=stored["bias"],
                gate=stored["gate"],
                gate_bias=header["gate_bias"],
                inside=stored["inside"],
                right=stored["right"],
                examples=examples,
                owners=stored["owners"],
                vectors=Postings(
                    stored["vector_begins"], stored["vector_owners"], stored["vector_values"], len(examples)
                ),
            )
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile) as fault:
        raise ModelUnusable(path.name) from fault


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised: NDArray[np.float64] = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    return raised / raised.sum() if len(scores) else raised
