"""Chooses the match distance for a wanted false match rate on the operator's own pairs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from certification.face.evaluate import distances_of
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from certification.face.evaluate import Distances, PairResult

# Rule of three: no false match among n pairs leaves a rate of up to 3 / n likely (95 %).
RULE_OF_THREE = 3.0
LEAST_REVIEW = 1.2  # times the match distance
Z_ONE_SIDED_95 = 1.645
# Up to this share of the genuine pairs may lie beyond review, where nobody looks at them.
GENUINE_BEYOND_REVIEW = 0.01
STEPS_PER_UNIT = 10_000


@dataclass(frozen=True)
class GroupFigures:
    """Rates of the pairs of one sex and age group at the chosen match distance; upper: with 95 % confidence."""

    sex: str
    age_group: str
    genuine: int
    impostors: int
    false_matches: int
    fmr: float | None
    fmr_upper: float | None
    fnmr: float | None


@dataclass(frozen=True)
class Calibration:
    """Thresholds, what they were chosen for and on how much; what a thresholds file holds.

    sexes_told: every impostor pair names one sex for both. Where not, the rate looks better than it is: people of
    different sex are told apart at almost any distance.
    """

    engine_id: str
    match: float
    review: float
    chosen_for_fmr: float
    pairs: dict[str, int]
    false_matches: int
    fmr: float
    fmr_upper: float
    fnmr: float
    review_fmr: float
    groups: tuple[GroupFigures, ...]
    sexes_told: bool
    calibrated_at: str


def calibrate(engine_id: str, results: Sequence[PairResult], wanted_fmr: float, *, now: datetime) -> Calibration:
    """Return the largest useful match distance whose false match rate is, with 95 % confidence, at most `wanted_fmr`.

    The bound is the rule of three without false matches and Wilson's one-sided one with some; both take pairs as
    independent, which pairs of the same few people are not. Nothing is accepted beyond where 99 % of the genuine pairs
    are: easy impostors would allow a distance at which hard ones pass. Review reaches as far, and at least a fifth
    beyond match: there is always a band in which a person decides.
    Raises Refusal: too_few_impostors, too_few_genuine, nothing_matches.
    """
    genuine, impostors = distances_of(results, same=True), distances_of(results, same=False)
    needed = math.ceil(RULE_OF_THREE / wanted_fmr - 1e-9)
    if impostors.size < needed:
        raise Refusal("too_few_impostors", field="pairs", needed=needed, found=impostors.size)
    if not genuine.size:
        raise Refusal("too_few_genuine", field="pairs")
    far_genuine = _rounded_up(float(np.quantile(genuine, 1 - GENUINE_BEYOND_REVIEW, method="higher")))
    match = min(_largest_match(impostors, wanted_fmr), far_genuine)
    if match <= 0:
        raise Refusal("nothing_matches", field="pairs")
    review = max(far_genuine, _rounded_up(match * LEAST_REVIEW))
    whole = _group("", "", results, match)
    groups = sorted({(result.pair.sex, result.pair.age_group) for result in results} - {("", "")})
    return Calibration(
        engine_id=engine_id,
        match=match,
        review=review,
        chosen_for_fmr=wanted_fmr,
        pairs={
            "genuine": genuine.size,
            "impostors": impostors.size,
            "unusable": sum(result.distance is None for result in results),
        },
        false_matches=whole.false_matches,
        fmr=whole.false_matches / impostors.size,
        fmr_upper=upper_bound(whole.false_matches, impostors.size),
        fnmr=float((genuine > match).mean()),
        review_fmr=float((impostors <= review).mean()),
        groups=tuple(
            _group(sex, age, [one for one in results if (one.pair.sex, one.pair.age_group) == (sex, age)], match)
            for sex, age in groups
        ),
        sexes_told=all(one.pair.sex for one in results if not one.pair.same),
        calibrated_at=now.isoformat(),
    )


def upper_bound(events: int, trials: int) -> float:
    """Return the rate that `events` in `trials` leave likely, one-sided 95 %: rule of three, or Wilson (1927)."""
    if events == 0:
        return min(1.0, RULE_OF_THREE / trials)
    z2, rate = Z_ONE_SIDED_95**2, events / trials
    spread = Z_ONE_SIDED_95 * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2))
    return min(1.0, (rate + z2 / (2 * trials) + spread) / (1 + z2 / trials))


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write the thresholds file that the setting FACE_THRESHOLDS_PATH names."""
    path.write_text(json.dumps(asdict(calibration), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _largest_match(impostors: Distances, wanted_fmr: float) -> float:
    """Return the distance just below the first impostor pair that would be one too many."""
    allowed = 0
    while allowed + 1 < impostors.size and upper_bound(allowed + 1, impostors.size) <= wanted_fmr:
        allowed += 1
    return (math.ceil(float(impostors[allowed]) * STEPS_PER_UNIT) - 1) / STEPS_PER_UNIT


def _rounded_up(distance: float) -> float:
    return math.ceil(distance * STEPS_PER_UNIT) / STEPS_PER_UNIT


def _group(sex: str, age_group: str, results: Sequence[PairResult], match: float) -> GroupFigures:
    genuine, impostors = distances_of(results, same=True), distances_of(results, same=False)
    false_matches = int((impostors <= match).sum())
    return GroupFigures(
        sex=sex,
        age_group=age_group,
        genuine=genuine.size,
        impostors=impostors.size,
        false_matches=false_matches,
        fmr=false_matches / impostors.size if impostors.size else None,
        fmr_upper=upper_bound(false_matches, impostors.size) if impostors.size else None,
        fnmr=float((genuine > match).mean()) if genuine.size else None,
    )
