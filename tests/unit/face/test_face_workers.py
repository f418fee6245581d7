"""Workers that really crash, hang and run out of memory; the pool goes on."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it brings no types
import pytest
from PIL import Image

from certification.face import worker_calls
from certification.face.types import (
    Action,
    Advice,
    EngineChoice,
    EngineUnavailable,
    FaceBusy,
    FaceTimeout,
    FaceWorkerLost,
    PictureRefused,
)
from certification.face.workers import FaceWorkers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certification.face.types import Pixels

ROOT = Path(__file__).resolve().parents[3]


def allocate(mebibytes: int) -> int:
    return len(bytearray(mebibytes * 1024 * 1024))


def crash_now() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.fixture(scope="module")
def workers(models_cache: Path) -> Iterator[FaceWorkers]:
    made = FaceWorkers(EngineChoice(cache_dir=str(models_cache)), workers=1, queue=1, frame_seconds=5)
    yield made
    made.close()
    gc.collect()


@pytest.fixture(scope="module")
def photo(portrait: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(portrait).save(out, "PNG")
    return out.getvalue()


def worker_process() -> psutil.Process:
    found = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
    assert len(found) == 1
    return found[0]


def works(workers: FaceWorkers, photo: bytes) -> bool:
    return workers.measure_photo(photo).advice is None


def test_it_works(workers: FaceWorkers, photo: bytes) -> None:
    assert workers.engine_id == "dlib-resnet-55533b28a958"
    assert workers.is_ready()
    report = workers.measure_photo(photo)
    assert report.descriptor is not None
    assert len(report.descriptor) == 128 * 4


def test_an_attempt_goes_through_the_workers(workers: FaceWorkers, portrait: Pixels) -> None:
    out = io.BytesIO()
    Image.fromarray(portrait).save(out, "JPEG")
    state = workers.begin((Action.BLINK, Action.TURN_LEFT))
    report = workers.observe(state, out.getvalue(), 0)
    assert (report.step, report.steps) == (0, 2)
    assert 0 < len(report.state) < 64 * 1024
    seen = workers.assess(report.state, None)
    assert (seen.live, seen.frames, seen.engine_id) == (False, 1, workers.engine_id)


def test_a_refused_picture_crosses_the_border_whole(workers: FaceWorkers) -> None:
    state = workers.begin((Action.BLINK,))
    with pytest.raises(PictureRefused) as refused:
        workers.observe(state, b"\x89PNG no frame", 0)
    assert refused.value.advice is Advice.NOT_AN_IMAGE
    with pytest.raises(PictureRefused) as refused:
        workers.watch(b"no video", (Action.BLINK,), None, free_choice=False)
    assert refused.value.advice is Advice.NOT_A_VIDEO


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(crash_now, ()), (os._exit, (1,)), (os.abort, ()), (allocate, (4096,))],
)
def test_a_crash_costs_one_call(
    workers: FaceWorkers, photo: bytes, function: object, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(FaceWorkerLost):
        workers._call(5, function, *arguments)  # type: ignore[arg-type]  # noqa: SLF001 - the ways to die have no common type
    assert works(workers, photo)


def test_a_call_past_its_limit_is_ended(workers: FaceWorkers, photo: bytes) -> None:
    with pytest.raises(FaceTimeout):
        workers._call(0.5, time.sleep, 3600)  # noqa: SLF001 - no picture is known to take so long
    assert works(workers, photo)


def test_a_worker_killed_in_mid_call_costs_that_call(workers: FaceWorkers, photo: bytes) -> None:
    assert works(workers, photo)
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(workers._call, 30, time.sleep, 20)  # noqa: SLF001 - a call long enough to be killed in
        time.sleep(0.5)
        worker_process().kill()
        with pytest.raises(FaceWorkerLost):
            call.result(timeout=10)
    assert works(workers, photo)


def test_a_worker_killed_while_idle_costs_nothing(workers: FaceWorkers, photo: bytes) -> None:
    assert works(workers, photo)
    worker_process().kill()
    time.sleep(0.6)
    assert works(workers, photo)


def test_a_full_queue_is_busy_at_once(workers: FaceWorkers, photo: bytes) -> None:
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(workers._call, 10, time.sleep, 1.0) for _ in range(2)]  # noqa: SLF001 - known length
        time.sleep(0.3)
        with pytest.raises(FaceBusy):
            workers.measure_photo(photo)
        for call in calls:
            call.result(timeout=10)
    assert works(workers, photo)


def test_an_engine_that_does_not_start_is_told_by_every_call(tmp_path: Path) -> None:
    broken = FaceWorkers(EngineChoice(model_path=str(tmp_path / "none.dat"), match=0.3, review=0.4), workers=1)
    try:
        assert not broken.is_ready()
        with pytest.raises(EngineUnavailable, match=r"none\.dat"):
            broken.measure_photo(b"")
    finally:
        broken.close()


def test_nothing_can_be_called_after_closing(models_cache: Path, photo: bytes) -> None:
    closed = FaceWorkers(EngineChoice(cache_dir=str(models_cache)), workers=1)
    closed.close()
    with pytest.raises(FaceWorkerLost):
        closed.measure_photo(photo)


@pytest.mark.slow
def test_a_worker_stays_small(models_cache: Path, photo: bytes) -> None:
    fresh = FaceWorkers(EngineChoice(cache_dir=str(models_cache)), workers=1)
    try:
        assert works(fresh, photo)
        process = next(
            psutil.Process(pid)
            for pid in [fresh._call(5, os.getpid)]  # noqa: SLF001 - a worker does not tell its number otherwise
        )
        assert process.memory_info().rss < 250 * 1024 * 1024
    finally:
        fresh.close()


def test_the_parent_imports_no_face_library() -> None:
    script = (
        "import sys; from certification.face.workers import FaceWorkers;"
        "from certification.face.types import EngineChoice;"
        "FaceWorkers(EngineChoice()).close();"
        "print([m for m in ('dlib', 'cv2', 'onnxruntime', 'onnx', 'numpy', 'PIL') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_worker_without_an_engine_says_so() -> None:
    with pytest.raises(EngineUnavailable):
        worker_calls.engine_id()
