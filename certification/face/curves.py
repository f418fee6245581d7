"""Draws what an evaluation found, for an operator who chooses thresholds by eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from certification.face.evaluate import distances_of, error_rates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from certification.face.evaluate import Distances, PairResult
    from certification.face.types import Thresholds

BINS = 60
SMALLEST_RATE = 1e-4


def draw_curves(path: Path, results: Sequence[PairResult], thresholds: Thresholds) -> None:
    """Write a PNG: how distances of genuine and impostor pairs lie to the thresholds, and the ROC curve."""
    genuine, impostors = distances_of(results, same=True), distances_of(results, same=False)
    figure = Figure(figsize=(12, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_distances(left, genuine, impostors, thresholds)
    _draw_roc(right, genuine, impostors)
    figure.savefig(path, dpi=120)


def _draw_distances(axes: Axes, genuine: Distances, impostors: Distances, thresholds: Thresholds) -> None:
    farthest = max((float(distances[-1]) for distances in (genuine, impostors) if distances.size), default=1.0)
    edges = np.linspace(0.0, max(farthest, thresholds.review), BINS + 1)
    for distances, name, colour in ((genuine, "same person", "#1b7f3b"), (impostors, "different people", "#b3261e")):
        if distances.size:
            label = f"{name} ({distances.size} pairs)"
            axes.hist(distances, bins=list(edges), density=True, alpha=0.6, color=colour, label=label)
    axes.axvline(thresholds.match, color="black", linestyle="-", label=f"match {thresholds.match:g}")
    axes.axvline(thresholds.review, color="black", linestyle="--", label=f"review {thresholds.review:g}")
    axes.set(title="Distances", xlabel="distance", ylabel="density")
    axes.legend()


def _draw_roc(axes: Axes, genuine: Distances, impostors: Distances) -> None:
    axes.set(title="ROC", xlabel="false match rate", ylabel="1 - false non-match rate")
    if genuine.size and impostors.size:
        _, fmr, fnmr = error_rates(genuine, impostors)
        axes.step([0.0, *fmr], [0.0, *(1.0 - fnmr)], where="post", color="#1f4e8c")
    # the rates that matter are small, and zero has to show
    axes.set_xscale("symlog", linthresh=SMALLEST_RATE)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(visible=True, alpha=0.3)
