"""How well an engine tells people apart on labelled pairs (terms of ISO/IEC 19795-1)."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from certification.face.pairs import BETWEEN_FILES
from certification.face.photo import descriptor_of, mean_descriptor, measure_photo
from certification.face.types import Advice, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from certification.face.pairs import Pair
    from certification.face.types import Descriptor, FaceEngine

    Distances = NDArray[np.float64]

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """A photograph's descriptor, or why it has none."""

    descriptor: Descriptor | None
    advice: Advice | None


@dataclass(frozen=True)
class PairResult:
    """A pair, its distance (None when unusable) and what the engine would decide."""

    pair: Pair
    distance: float | None
    decision: Verdict
    advice: Advice | None


@dataclass(frozen=True)
class Figures:
    """What the results of many pairs say together. Rates are None where there are no pairs to count.

    auc: probability that a genuine pair is nearer than an impostor pair. eer: where false match and false non-match
    rates are equal, and the distance there. fmr: impostor pairs accepted at the match distance; fnmr: genuine pairs
    not accepted there; the review figures count the same at the review distance (above it, nobody looks).
    Unusable pairs are in none of the rates.
    """

    pairs: int
    genuine: int
    impostors: int
    unusable: int
    auc: float | None
    eer: float | None
    eer_distance: float | None
    fmr: float | None
    fnmr: float | None
    review_fmr: float | None
    review_fnmr: float | None


def files_of(pairs: Iterable[Pair]) -> list[str]:
    """Return every file that the pairs name, once each."""
    return list(dict.fromkeys(file for pair in pairs for file in (*pair.one, *pair.other)))


def measure_file(engine: FaceEngine, path: Path) -> Measured:
    """Return what a photograph's file is worth; one that cannot be read is unusable, not an error."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return Measured(None, Advice.FILE_TOO_LARGE)
        report = measure_photo(engine, path.read_bytes())
    except (OSError, ValueError):
        return Measured(None, Advice.UNREADABLE)
    return Measured(descriptor_of(report.descriptor) if report.descriptor else None, report.advice)


def decide_pairs(engine: FaceEngine, pairs: Sequence[Pair], measured: Mapping[str, Measured]) -> list[PairResult]:
    """Return a result for each pair, in their order; several photographs on a side count as their mean."""
    results = []
    for pair in pairs:
        one, other = (_side(measured, files) for files in (pair.one, pair.other))
        if one.descriptor is None or other.descriptor is None:
            advice = other.advice if one.descriptor is not None else one.advice
            results.append(PairResult(pair, None, Verdict.UNUSABLE, advice))
            continue
        distance = engine.distance(one.descriptor, other.descriptor)
        results.append(PairResult(pair, distance, engine.thresholds.verdict(distance), None))
    return results


def _side(measured: Mapping[str, Measured], files: Sequence[str]) -> Measured:
    found = [measured[file] for file in files]
    usable = [one.descriptor for one in found if one.descriptor is not None]
    return Measured(mean_descriptor(usable), None) if usable else found[0]


def distances_of(results: Iterable[PairResult], *, same: bool) -> Distances:
    """Return the distances of the usable genuine (or impostor) pairs, sorted."""
    return np.sort([result.distance for result in results if result.pair.same is same and result.distance is not None])


def share_up_to(distances: Distances, threshold: float) -> float | None:
    """Return the share of distances at or below a threshold, None when there are none."""
    return float((distances <= threshold).mean()) if distances.size else None


def error_rates(genuine: Distances, impostors: Distances) -> tuple[Distances, Distances, Distances]:
    """Return thresholds (each distance seen), and the false match and false non-match rate at each."""
    thresholds = np.unique(np.concatenate([genuine, impostors]))
    fmr = np.searchsorted(impostors, thresholds, side="right") / impostors.size
    fnmr = 1.0 - np.searchsorted(genuine, thresholds, side="right") / genuine.size
    return thresholds, fmr, fnmr


def figures_of(engine: FaceEngine, results: Sequence[PairResult]) -> Figures:
    """Return the figures of some results at the engine's thresholds."""
    genuine, impostors = distances_of(results, same=True), distances_of(results, same=False)
    auc = eer = eer_distance = None
    if genuine.size and impostors.size:
        below = np.searchsorted(impostors, genuine, side="left")
        ties = np.searchsorted(impostors, genuine, side="right") - below
        auc = float(1.0 - (below + ties / 2).mean() / impostors.size)
        thresholds, fmr, fnmr = error_rates(genuine, impostors)
        nearest = int(np.abs(fmr - fnmr).argmin())
        eer, eer_distance = float((fmr[nearest] + fnmr[nearest]) / 2), float(thresholds[nearest])
    match, review = engine.thresholds.match, engine.thresholds.review
    accepted, passed_on = share_up_to(genuine, match), share_up_to(genuine, review)
    return Figures(
        pairs=len(results),
        genuine=genuine.size,
        impostors=impostors.size,
        unusable=sum(result.decision is Verdict.UNUSABLE for result in results),
        auc=auc,
        eer=eer,
        eer_distance=eer_distance,
        fmr=share_up_to(impostors, match),
        fnmr=None if accepted is None else 1.0 - accepted,
        review_fmr=share_up_to(impostors, review),
        review_fnmr=None if passed_on is None else 1.0 - passed_on,
    )


def write_results(path: Path, results: Iterable[PairResult]) -> None:
    """Write a CSV with one row for each pair, in their order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file1", "file2", "same", "sex", "age_group", "distance", "decision", "advice"])
        for result in results:
            pair, distance = result.pair, result.distance
            sides = (BETWEEN_FILES.join(pair.one), BETWEEN_FILES.join(pair.other))
            rounded = "" if distance is None else f"{distance:.6f}"
            row = [*sides, int(pair.same), pair.sex, pair.age_group, rounded, result.decision, result.advice or ""]
            writer.writerow(row)


def as_document(figures: Figures) -> dict[str, int | float | None]:
    """Return the figures for JSON."""
    return asdict(figures)
