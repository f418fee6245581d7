"""What a certification by face costs: `python -m benchmarks.faces [FOLDER OF THE TEST PHOTOGRAPHS]`.

One run compares a 10-frame challenge through our path with the obvious calls of face_recognition on each frame, shows
what it is made of and how far it is from the floor, the cost of a streamed frame, and the start of a worker. Results
go to benchmarks/results/faces.json with versions and the processor's name.
"""

# ruff: noqa: E402 - the limits on threads come before the libraries that read them
from __future__ import annotations

import importlib.metadata
import io
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ[name] = "1"  # as in a worker; before the libraries read it

import cv2
import numpy as np
import psutil  # type: ignore[import-untyped]  # it brings no types

from certification.face.decode import decode_frame
from certification.face.dlib_engine import DlibEngine
from certification.face.liveness import assess, begin, observe
from certification.face.photo import measure_photo
from certification.face.types import Action, EngineChoice, Template, Verdict
from certification.face.workers import FaceWorkers

if TYPE_CHECKING:
    from collections.abc import Callable

    from certification.face.types import Descriptor, Face, Pixels, Thresholds

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "faces.json"
FRAMES = 10
CLIP_MS = 40
CHALLENGE_EVERY, STREAMED_EVERY = 20, 5
ROUNDS = 3
DESCRIPTORS = 3
CHALLENGE = (Action.TURN_LEFT, Action.OPEN_MOUTH)
PACKAGES = ("dlib-bin", "face-recognition", "onnxruntime", "numpy", "pillow", "opencv-python-headless")


class Meter(DlibEngine):
    """The dlib engine with a meter at its two costly calls: CPU seconds and calls of each."""

    def __init__(self, choice: EngineChoice) -> None:
        super().__init__(choice, None)
        self.seconds = {"find": 0.0, "describe": 0.0}
        self.calls = {"find": 0, "describe": 0}

    def find(self, rgb: Pixels, near: tuple[int, int, int, int] | None = None) -> list[Face]:
        """Find and count."""
        started = time.process_time()
        faces = super().find(rgb, near)
        self._count("find", started)
        return faces

    def describe(self, rgb: Pixels, face: Face) -> Descriptor:
        """Describe and count."""
        started = time.process_time()
        descriptor = super().describe(rgb, face)
        self._count("describe", started)
        return descriptor

    def _count(self, step: str, started: float) -> None:
        self.seconds[step] += time.process_time() - started
        self.calls[step] += 1


def clip_frames(clip: Path, every: int) -> list[bytes]:
    """Return every so-manieth frame of a clip as JPEG, as a phone would send it."""
    film = cv2.VideoCapture(str(clip))
    frames: list[bytes] = []
    for number in count():
        more, picture = film.read()
        if not more:
            break
        if number % every:
            continue
        done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
        if done:
            frames.append(jpeg.tobytes())
    return frames


def by_our_path(engine: DlibEngine, frames: list[bytes], template: Template) -> Verdict:
    """Observe the frames one by one and return what the whole says about the identity."""
    state = begin(CHALLENGE)
    for number, jpeg in enumerate(frames):
        state = observe(engine, state, jpeg, number * CHALLENGE_EVERY * CLIP_MS).state
    return assess(engine, state, template).verdict


def by_obvious_calls(frames: list[bytes], reference: Descriptor, thresholds: Thresholds) -> Verdict:
    """Do with face_recognition what its examples do, on each frame, and decide on the mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the models' package still asks for pkg_resources
        import face_recognition  # noqa: PLC0415 - a worker imports this file again, and must not load its models

    encodings = []
    for jpeg in frames:
        picture = face_recognition.load_image_file(io.BytesIO(jpeg))
        places = face_recognition.face_locations(picture)
        face_recognition.face_landmarks(picture, places)
        found = face_recognition.face_encodings(picture, places)
        face_recognition.compare_faces([reference], found[0])
        encodings.append(found[0])
    distance = face_recognition.face_distance([reference], np.mean(encodings, axis=0))[0]
    return thresholds.verdict(float(distance))


def cpu_of(call: Callable[[], Verdict]) -> tuple[float, Verdict]:
    """Return the CPU milliseconds of a call, of all threads, and its verdict."""
    started = time.process_time()
    verdict = call()
    return (time.process_time() - started) * 1000, verdict


def compare_paths(engine: DlibEngine, frames: list[bytes], references: dict[str, bytes], cache: str) -> dict[str, Any]:
    """Run both paths in turn against each reference photograph; CPU in milliseconds, the median of the rounds."""
    templates, ours, obvious, same = {}, [], [], []
    for name, photo in references.items():
        templates[name] = Template(engine.engine_id, measure_photo(engine, photo).descriptor or b"")
    for _ in range(ROUNDS):
        for template in templates.values():
            reference = np.frombuffer(template.descriptor, dtype=np.float32)
            cpu, verdict = cpu_of(partial(by_our_path, engine, frames, template))
            ours.append(cpu)
            cpu, other = cpu_of(partial(by_obvious_calls, frames, reference, engine.thresholds))
            obvious.append(cpu)
            same.append((verdict.value, other.value))
    decisions = dict(zip(templates, same, strict=False))
    mine, theirs = statistics.median(ours), statistics.median(obvious)
    return {
        "frames": len(frames),
        "rounds": ROUNDS * len(references),
        "ours_cpu_ms": mine,
        "obvious_cpu_ms": theirs,
        "times_less": theirs / mine,
        "decisions_ours_obvious": decisions,
        "same_decisions": all(one == other for one, other in same),
        **shares_of(frames, next(iter(templates.values())), mine, cache),
    }


def shares_of(frames: list[bytes], template: Template, whole: float, cache: str) -> dict[str, Any]:
    """Return what our path is made of, and the floor: finding on each frame and three descriptors."""
    meter = Meter(EngineChoice(cache_dir=cache))
    by_our_path(meter, frames, template)
    started = time.process_time()
    for jpeg in frames:
        decode_frame(jpeg)
    decoding = (time.process_time() - started) * 1000
    finding, describing = meter.seconds["find"] * 1000, meter.seconds["describe"] * 1000
    floor = finding + describing / meter.calls["describe"] * DESCRIPTORS
    return {
        "steps_cpu_ms": {
            "decode": decoding,
            "find": finding,
            "describe": describing,
            "quality_liveness_and_state": whole - decoding - finding - describing,
        },
        "descriptors": meter.calls["describe"],
        "floor_cpu_ms": floor,
        "times_the_floor": whole / floor,
    }


def measure_frames(engine: DlibEngine, clips: list[list[bytes]]) -> dict[str, Any]:
    """Return the CPU of one streamed frame: median and 95th percentile, and the largest state."""
    costs, largest = [], 0
    for frames in clips:
        state = begin(CHALLENGE)
        for number, jpeg in enumerate(frames):
            started = time.process_time()
            state = observe(engine, state, jpeg, number * STREAMED_EVERY * CLIP_MS).state
            costs.append((time.process_time() - started) * 1000)
            largest = max(largest, len(state))
    return {
        "frames": len(costs),
        "p50_cpu_ms": float(np.percentile(costs, 50)),
        "p95_cpu_ms": float(np.percentile(costs, 95)),
        "max_cpu_ms": max(costs),
        "largest_state_bytes": largest,
    }


def measure_worker(cache: str, frames: list[bytes]) -> dict[str, Any]:
    """Return how long a worker takes to its first answer and what it holds, before and after looking at frames."""
    started = time.perf_counter()
    workers = FaceWorkers(EngineChoice(cache_dir=cache), workers=1)
    try:
        workers.begin(CHALLENGE)
        start = time.perf_counter() - started
        process = next(each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline()))
        fresh = process.memory_info().rss
        state = workers.begin(CHALLENGE)
        for number, jpeg in enumerate(frames):
            state = workers.observe(state, jpeg, number * CHALLENGE_EVERY * CLIP_MS).state
        return {"start_s": start, "rss_mb": fresh / 2**20, "rss_after_frames_mb": process.memory_info().rss / 2**20}
    finally:
        workers.close()


def processor() -> str:
    """Return the processor's name as Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main(folder: Path) -> None:
    """Measure everything once and write the results."""
    challenge = clip_frames(folder / "hill_clip.mp4", CHALLENGE_EVERY)[:FRAMES]
    clips = [folder / name for name in ("hill_clip.mp4", "ocasio_cortez_clip.mp4", "videos/webcam-man.mp4")]
    references = {name: (folder / f"{name}.jpg").read_bytes() for name in ("hill_1", "ocasio_cortez_1")}
    with tempfile.TemporaryDirectory() as cache:
        engine = DlibEngine(EngineChoice(cache_dir=cache), None)
        by_obvious_calls(challenge[:1], np.zeros(engine.dimension, dtype=np.float32), engine.thresholds)  # loads it
        results = {
            "challenge": compare_paths(engine, challenge, references, cache),
            "streamed_frame": measure_frames(engine, [clip_frames(clip, STREAMED_EVERY) for clip in clips]),
            "worker": measure_worker(cache, challenge),
            "python": platform.python_version(),
            "processor": processor(),
            "cores": psutil.cpu_count(),
            "load": psutil.getloadavg()[0],
            "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "faces")
