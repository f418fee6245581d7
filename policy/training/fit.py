"""One command's work: from the knowledge to weights, reproducible, in seconds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

from policy.answering.digests import digest_of
from policy.answering.features import Blocks, Terms, extract
from policy.answering.model import OUTSIDE_CLASS, Scores, Weights, signs_of
from policy.answering.vectors import Postings, Sparse, Vectoriser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from policy.answering.normalise import Normaliser
    from policy.records import Knowledge

SEED = 36
FOLDS = 5
BLOCK_WEIGHTS = (1.0, 0.7, 0.35)
# a feature that stands in one example alone says little and costs a place, unless it is short
_RARE = 2
_STRENGTH = 20.0
_GATE_STRENGTH = 20.0


class Corpus:
    """The training questions with their labels: topics first, then the kinds outside."""

    def __init__(self, knowledge: Knowledge, normalise: Normaliser) -> None:
        # a title is how people answer when they are asked which of two they mean
        topics = {topic_id: (topic.title, *topic.examples) for topic_id, topic in knowledge.topics.items()}
        outside = {OUTSIDE_CLASS + kind.value: texts for kind, texts in sorted(knowledge.outside.items()) if texts}
        self.labels = (*topics, *outside)
        self.topic_count = len(topics)
        lines = [(normalise(text), place) for place, texts in enumerate((topics | outside).values()) for text in texts]
        lines = [(text, place) for text, place in dict.fromkeys(lines) if text]
        terms = Terms(normalise.words.terms)
        self.texts = tuple(text for text, _place in lines)
        self.owners = np.array([place for _text, place in lines], dtype=np.int32)
        self.blocks = [extract(text, terms) for text in self.texts]


def train(knowledge: Knowledge, normalise: Normaliser) -> Weights:
    """Return weights for this knowledge; the same for the same."""
    corpus = Corpus(knowledge, normalise)
    inside, right = _judgements(corpus)
    return _fit(corpus, np.arange(len(corpus.texts)), digest_of(knowledge, normalise), inside, right)


def _fit(
    corpus: Corpus,
    chosen: NDArray[np.int64],
    digest: str = "",
    inside: NDArray[np.float64] | None = None,
    right: NDArray[np.float64] | None = None,
) -> Weights:
    blocks = [corpus.blocks[at] for at in chosen]
    owners = corpus.owners[chosen]
    vectoriser = fit_vectoriser(blocks)
    vectors = stack([vectoriser(one) for one in blocks], vectoriser.size)
    weights, bias = _fit_labels(vectors, owners, len(corpus.labels))
    gate, gate_bias = _fit_gate(vectors, owners < corpus.topic_count)
    nothing = np.zeros(0)
    return Weights(
        digest=digest,
        labels=corpus.labels,
        vectoriser=vectoriser,
        weights=weights.astype(np.float16),
        bias=bias,
        gate=gate,
        gate_bias=gate_bias,
        inside=nothing if inside is None else inside,
        right=nothing if right is None else right,
        examples=tuple(corpus.texts[at] for at in chosen),
        owners=owners,
        vectors=_turned(vectors),
    )


def fit_vectoriser(blocks: Sequence[Blocks]) -> Vectoriser:
    """Return what weighs features as rare as these questions show them to be."""
    places: list[dict[str, int]] = []
    idf: list[float] = []
    for kind in range(len(BLOCK_WEIGHTS)):
        seen = Counter(feature for one in blocks for feature in one[kind])
        kept = sorted(feature for feature, count in seen.items() if count >= _RARE)
        places.append({feature: len(idf) + at for at, feature in enumerate(kept)})
        idf += [float(np.log((1 + len(blocks)) / (1 + seen[feature])) + 1) for feature in kept]
    return Vectoriser(tuple(places), np.array(idf, dtype=np.float32), BLOCK_WEIGHTS)


def stack(vectors: Sequence[Sparse], size: int) -> Any:
    """Return vectors as the rows of a sparse matrix."""
    indptr = np.cumsum([0, *(len(one.places) for one in vectors)])
    places = np.concatenate([one.places for one in vectors])
    values = np.concatenate([one.values for one in vectors])
    return csr_matrix((values, places, indptr), shape=(len(vectors), size), dtype=np.float32)


def _turned(vectors: Any) -> Postings:
    by_place = vectors.tocsc()
    return Postings(
        by_place.indptr.astype(np.int32),
        by_place.indices.astype(np.uint16),
        by_place.data.astype(np.float16),
        vectors.shape[0],
    )


def _fit_labels(vectors: Any, owners: NDArray[np.int32], count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    one = LogisticRegression(C=_STRENGTH, solver="liblinear", dual=True, max_iter=300, random_state=SEED)
    fitted = OneVsRestClassifier(one).fit(vectors, owners)
    weights = np.zeros((vectors.shape[1], count), dtype=np.float32)
    bias = np.full(count, -10.0, dtype=np.float32)
    for label, estimator in zip(fitted.classes_, fitted.estimators_, strict=True):
        weights[:, label], bias[label] = estimator.coef_[0], estimator.intercept_[0]
    return weights, bias


def _fit_gate(vectors: Any, is_ours: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    if is_ours.all():
        return np.zeros(vectors.shape[1], dtype=np.float32), 1.0
    gate = LogisticRegression(
        C=_GATE_STRENGTH, solver="liblinear", dual=True, max_iter=300, class_weight="balanced", random_state=SEED
    ).fit(vectors, is_ours)
    return gate.coef_[0].astype(np.float32), float(gate.intercept_[0])


def signs_out_of_fold(corpus: Corpus) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the signs of every training question as weights see them that never saw it; and whether they are right."""
    signs: list[NDArray[np.float64]] = [np.zeros(0)] * len(corpus.texts)
    is_right = np.zeros(len(corpus.texts), dtype=bool)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for seen, unseen in folds.split(corpus.texts, corpus.owners):
        weights = _fit(corpus, seen)
        for at, scores in zip(unseen, _score_all(corpus, unseen, weights), strict=True):
            signs[at] = signs_of(scores, weights.owners, corpus.topic_count)
            is_right[at] = int(scores.by_label[: corpus.topic_count].argmax()) == corpus.owners[at]
    return np.array(signs), is_right


def _score_all(corpus: Corpus, chosen: NDArray[np.int64], weights: Weights) -> Iterator[Scores]:
    """Yield what `score` returns for each, reckoned for all at once: many times faster."""
    found = [weights.vectoriser(corpus.blocks[at]) for at in chosen]
    vectors = stack(found, weights.vectoriser.size)
    by_label = (vectors @ weights.weights.astype(np.float32) + weights.bias).astype(np.float64)
    gates = vectors @ weights.gate + weights.gate_bias
    turned = weights.vectors
    columns = (turned.values.astype(np.float32), turned.owners.astype(np.int32), turned.begins)
    likeness = (vectors @ csr_matrix(columns, shape=(vectors.shape[1], turned.count))).toarray().astype(np.float64)
    for row, at in enumerate(chosen):
        yield Scores(by_label[row], float(gates[row]), likeness[row], found[row].known, len(corpus.texts[at]))


def _judgements(corpus: Corpus) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    signs, is_right = signs_out_of_fold(corpus)
    is_ours = corpus.owners < corpus.topic_count
    return _fit_judgement(signs, is_ours), _fit_judgement(signs[is_ours], is_right[is_ours])


def _fit_judgement(signs: NDArray[np.float64], is_so: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return coefficients over the signs as they are, the intercept last."""
    if is_so.all() or not is_so.any():
        return np.array([*np.zeros(signs.shape[1]), 10.0 if is_so.all() else -10.0])
    scale = StandardScaler().fit(signs)
    fitted = LogisticRegression(C=1.0, random_state=SEED).fit(scale.transform(signs), is_so)
    coefficients = fitted.coef_[0] / scale.scale_
    return np.array([*coefficients, fitted.intercept_[0] - coefficients @ scale.mean_])
