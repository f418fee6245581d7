"""Builds the engine that the operator chose; refuses to start with less (fail closed)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certification.face.types import EngineUnavailable, Thresholds

if TYPE_CHECKING:
    from certification.face.types import EngineChoice, FaceEngine


def build_engine(choice: EngineChoice) -> FaceEngine:
    """Return a new engine; raise EngineUnavailable when a part is missing or broken, or the thresholds are not its own.

    Building takes about a second and 100 MB: once per worker process.
    """
    engine = _engine_named(choice)
    if choice.calibrated_for not in {None, engine.engine_id}:
        raise EngineUnavailable(
            f"the thresholds were calibrated for {choice.calibrated_for}, not for {engine.engine_id}: calibrate again"
        )
    return engine


def chosen_thresholds(choice: EngineChoice) -> Thresholds | None:
    """Return the operator's thresholds, None when none were given; raise EngineUnavailable when one is missing."""
    if choice.match is None and choice.review is None:
        return None
    if choice.match is None or choice.review is None or not 0 < choice.match <= choice.review:
        raise EngineUnavailable("match and review distances are given together, match above 0 and at most review")
    return Thresholds(choice.match, choice.review)


def _engine_named(choice: EngineChoice) -> FaceEngine:
    if choice.name == "dlib":
        from certification.face.dlib_engine import DlibEngine  # noqa: PLC0415 - only the chosen engine's libraries load

        return DlibEngine(choice, chosen_thresholds(choice))
    if choice.name == "onnx":
        from certification.face.onnx_engine import OnnxEngine  # noqa: PLC0415 - the same

        return OnnxEngine(choice, chosen_thresholds(choice))
    raise EngineUnavailable(f"there is no face engine named {choice.name!r}")
