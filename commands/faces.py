"""`flask faces`: compare two photographs, evaluate and calibrate an engine, watch a video for liveness."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from tqdm import tqdm

from certification.face.types import Action, EngineUnavailable, PictureRefused
from commands.output import json_option, print_json, read_content, refusals_printed
from refusal import Refusal
from services import services
from settings import CALIBRATED
from words import ADVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from certification.face.evaluate import PairResult
    from certification.face.types import EngineChoice, FaceEngine

faces = AppGroup("faces", help="Compare, evaluate and calibrate faces.")
A_PATH = click.Path(path_type=Path)
# Measuring asks for no decision: an engine that has no thresholds yet may be measured, in order to get them.
NO_THRESHOLDS = 1e-6


@faces.command("compare")
@click.argument("reference", type=A_PATH)
@click.argument("probe", type=A_PATH)
@json_option
def compare(reference: Path, probe: Path, *, as_json: bool) -> None:
    """Say whether the photographs REFERENCE and PROBE show the same person."""
    from certification.face.photo import compare_photos  # noqa: PLC0415 - the face libraries load for face commands only

    with refusals_printed(as_json=as_json):
        photos = [read_content(reference, "reference"), read_content(probe, "probe")]
        engine = _engine(services().settings.face_choice())
    found = compare_photos(engine, *photos)
    advice = None if found.advice is None else ADVICE[found.advice.value]
    document = {
        "decision": found.verdict.value,
        "distance": found.distance,
        "thresholds": asdict(engine.thresholds),
        "advice": advice,
        "advice_code": found.advice,
        "advice_for": None if found.at_fault is None else ("reference", "probe")[found.at_fault],
        "engine_id": engine.engine_id,
        "elapsed_ms": round(found.elapsed_ms, 1),
    }
    _print(document, as_json=as_json)


@faces.command("evaluate")
@click.argument("pairs", type=A_PATH)
@click.option("--root", type=A_PATH, default=Path(), help="The folder that the files of PAIRS are named from.")
@click.option("--out", type=A_PATH, required=True, help="Where the results go, one row for each pair (CSV).")
@click.option("--plot", type=A_PATH, help="Where the curves go (PNG); beside the results by default.")
@json_option
def evaluate(pairs: Path, root: Path, out: Path, plot: Path | None, *, as_json: bool) -> None:
    """Compare every pair of PAIRS (CSV: file1, file2, same) and print the error rates."""
    from certification.face.curves import draw_curves  # noqa: PLC0415
    from certification.face.evaluate import as_document, figures_of, write_results  # noqa: PLC0415

    started = time.perf_counter()
    with refusals_printed(as_json=as_json):
        engine, results = _compared(pairs, root, services().settings.face_choice())
        drawn = plot or out.with_suffix(".png")
        _written("out", lambda: write_results(out, results))
        _written("plot", lambda: draw_curves(drawn, results, engine.thresholds))
    document = {
        **as_document(figures_of(engine, results)),
        "thresholds": asdict(engine.thresholds),
        "engine_id": engine.engine_id,
        "results": str(out),
        "plot": str(drawn),
        "elapsed_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    _print(document, as_json=as_json)


@faces.command("calibrate")
@click.argument("pairs", type=A_PATH)
@click.option("--root", type=A_PATH, default=Path(), help="The folder that the files of PAIRS are named from.")
@click.option("--fmr", type=click.FloatRange(0, 0.5, min_open=True), required=True, help="The wanted false match rate.")
@click.option(
    "--out",
    type=A_PATH,
    help="Where the thresholds go; by default where settings find them.",
)
@json_option
def calibrate(pairs: Path, root: Path, fmr: float, out: Path | None, *, as_json: bool) -> None:
    """Choose thresholds on PAIRS (CSV: file1, file2, same; perhaps sex, age_group) for a wanted false match rate."""
    from certification.face.calibrate import calibrate as choose  # noqa: PLC0415
    from certification.face.calibrate import write_calibration  # noqa: PLC0415

    choice = replace(services().settings.face_choice(), match=NO_THRESHOLDS, review=NO_THRESHOLDS, calibrated_for=None)
    with refusals_printed(as_json=as_json):
        engine, results = _compared(pairs, root, choice)
        chosen = choose(engine.engine_id, results, fmr, now=services().clock.now())
        thresholds_file = out or services().settings.data_dir / CALIBRATED
        _written("out", lambda: write_calibration(thresholds_file, chosen))
    _print({**asdict(chosen), "thresholds_file": str(thresholds_file)}, as_json=as_json)


@faces.command("liveness")
@click.argument("video", type=A_PATH)
@click.option("--actions", required=True, help="What the video shows, in order: " + ", ".join(Action) + ".")
@json_option
def liveness(video: Path, actions: str, *, as_json: bool) -> None:
    """Say whether VIDEO shows a living person who does ACTIONS in their order."""
    from certification.face.liveness import watch  # noqa: PLC0415

    try:
        asked = tuple(Action(name.strip()) for name in actions.split(","))
    except ValueError:
        raise click.BadParameter(f"choose from {', '.join(Action)}", param_hint="--actions") from None
    with refusals_printed(as_json=as_json):
        content = read_content(video, "video")
        engine = _engine(services().settings.face_choice())
        started = time.perf_counter()
        try:
            seen = watch(engine, content, asked, None, free_choice=False).assessment
        except PictureRefused as refused:
            raise Refusal(refused.advice.value, field="video") from None
    document = {
        "live": seen.live,
        "actions": [asdict(action) for action in seen.actions],
        "attack_signs": list(seen.attack_signs),
        "frames": seen.frames,
        "advice": None if seen.advice is None else ADVICE[seen.advice.value],
        "elapsed_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    _print(document, as_json=as_json)


@faces.command("pairs")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=A_PATH, required=True, help="Where the pairs go (CSV).")
@json_option
def pairs_command(folder: Path, out: Path, *, as_json: bool) -> None:
    """Make every pair of the photographs in FOLDER that are named PERSON_NUMBER.jpg."""
    from certification.face.pairs import pairs_of_folder, write_pairs  # noqa: PLC0415

    made = pairs_of_folder(folder)
    with refusals_printed(as_json=as_json):
        _written("out", lambda: write_pairs(out, made))
    genuine = sum(pair.same for pair in made)
    _print(
        {"pairs": len(made), "genuine": genuine, "impostors": len(made) - genuine, "file": str(out)}, as_json=as_json
    )


def _compared(pairs_file: Path, root: Path, choice: EngineChoice) -> tuple[FaceEngine, list[PairResult]]:
    from certification.face.evaluate import decide_pairs, files_of, measure_file  # noqa: PLC0415
    from certification.face.pairs import read_pairs  # noqa: PLC0415

    if not root.is_dir():
        raise Refusal("file_not_found", field="root", path=str(root))
    pairs = read_pairs(pairs_file)
    engine = _engine(choice)
    files = tqdm(files_of(pairs), unit="photo", file=sys.stderr, disable=not sys.stderr.isatty())
    return engine, decide_pairs(engine, pairs, {file: measure_file(engine, root / file) for file in files})


def _engine(choice: EngineChoice) -> FaceEngine:
    from certification.face.engines import build_engine  # noqa: PLC0415

    try:
        return build_engine(choice)
    except EngineUnavailable as unavailable:
        raise Refusal("engine_unavailable", reason=str(unavailable)) from None


def _written(field: str, write: Callable[[], None]) -> None:
    try:
        write()
    except OSError:
        raise Refusal("file_not_written", field=field) from None


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        click.echo(f"{name}: {value}")
