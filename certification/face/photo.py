"""Still photographs: what one is worth as a reference, and whether two show the same person."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from certification.face.decode import decode_photo
from certification.face.quality import advice_for
from certification.face.types import Advice, PhotoMatch, PhotoReport, PictureRefused, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certification.face.types import Descriptor, Face, FaceEngine, Pixels, Template

# A photograph without a turn in its metadata may still lie on its side, seldom on its head.
QUARTER_TURNS = (0, 1, 3, 2)
# small print on a photographed page stays legible
_PAPER_QUALITY = 88


@dataclass(frozen=True)
class PhotoComparison:
    """What two photographs say. Exactly one of distance and advice is None; `at_fault` counts 0 for the reference."""

    verdict: Verdict
    distance: float | None
    advice: Advice | None
    at_fault: int | None
    elapsed_ms: float


def measure_photo(engine: FaceEngine, data: bytes) -> PhotoReport:
    """Return what one photograph is worth. A file that cannot be read is a report with its advice, not an error."""
    started = time.perf_counter()
    advice, descriptor, width = None, None, 0
    try:
        rgb, faces = _upright(engine, decode_photo(data))
        advice, width = advice_for(rgb, faces), faces[0].width if faces else 0
        descriptor = None if advice else engine.describe(rgb, faces[0]).tobytes()
    except PictureRefused as refused:
        advice = refused.advice
    elapsed = (time.perf_counter() - started) * 1000
    return PhotoReport(engine.engine_id, advice, descriptor, width, elapsed)


def redraw_photo(data: bytes) -> bytes:
    """Return a photograph of a paper as an upright JPEG of at most 1600 px a side, without anything else the file held.

    Raises PictureRefused.
    """
    out = io.BytesIO()
    Image.fromarray(decode_photo(data)).save(out, "JPEG", quality=_PAPER_QUALITY)
    return out.getvalue()


def compare_photos(engine: FaceEngine, reference: bytes, probe: bytes) -> PhotoComparison:
    """Return whether two photographs show the same person by the engine's thresholds; UNUSABLE when one cannot tell.

    The thresholds are for means of several frames; one photograph against one is harder, so expect more reviews.
    """
    reports = [measure_photo(engine, data) for data in (reference, probe)]
    elapsed = sum(report.elapsed_ms for report in reports)
    for at_fault, report in enumerate(reports):
        if report.descriptor is None:
            return PhotoComparison(Verdict.UNUSABLE, None, report.advice, at_fault, elapsed)
    one, other = (descriptor_of(report.descriptor) for report in reports if report.descriptor is not None)
    distance = engine.distance(one, other)
    return PhotoComparison(engine.thresholds.verdict(distance), distance, None, None, elapsed)


def match_photo(engine: FaceEngine, data: bytes, template: Template | None) -> PhotoMatch:
    """Return whether a photograph taken now shows the person of a template; UNUSABLE without a face or a template."""
    report = measure_photo(engine, data)
    if report.descriptor is None or template is None or template.engine_id != engine.engine_id:
        return PhotoMatch(engine.engine_id, Verdict.UNUSABLE, None, report.advice)
    distance = engine.distance(descriptor_of(report.descriptor), descriptor_of(template.descriptor))
    return PhotoMatch(engine.engine_id, engine.thresholds.verdict(distance), distance, None)


def descriptor_of(stored: bytes) -> Descriptor:
    """Return a descriptor kept as float32 bytes."""
    return np.frombuffer(stored, dtype=np.float32)


def mean_descriptor(descriptors: Sequence[Descriptor]) -> Descriptor:
    """Return the mean of at least one descriptor of one engine: averaging three frames is worth a better model."""
    return np.asarray(np.mean(descriptors, axis=0, dtype=np.float64), dtype=np.float32)


def _upright(engine: FaceEngine, rgb: Pixels) -> tuple[Pixels, list[Face]]:
    """Return the picture turned so that it shows a face, and its faces; as it was, and none, when no turn does."""
    for turns in QUARTER_TURNS:
        turned = np.ascontiguousarray(np.rot90(rgb, turns))
        faces = engine.find(turned)
        if faces:
            return turned, faces
    return rgb, []
