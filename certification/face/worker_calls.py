"""What runs inside a worker process. Face libraries are imported here when a call needs them, never by the parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from typing import TYPE_CHECKING

from certification.face.pipe import hear, tell
from certification.face.types import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from certification.face.types import (
        Action,
        Assessment,
        EngineChoice,
        FaceEngine,
        FrameReport,
        PhotoMatch,
        PhotoReport,
        Template,
        VideoReport,
    )

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
OUT_OF_MEMORY_EXIT = 71
MEBIBYTE = 1024 * 1024


class _Worker:
    """What the process holds: its engine, or why it has none."""

    engine: FaceEngine | None = None
    fault: str = "the worker was not started"


def start(choice: EngineChoice, memory_mb: int) -> None:
    """Build this process's engine and limit its address space; a fault is kept and answers every call."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's faces
    try:
        from certification.face.engines import build_engine  # noqa: PLC0415 - after the threads are limited

        _Worker.engine = build_engine(choice)
    except EngineUnavailable as unavailable:
        _Worker.fault = str(unavailable)
    except (ImportError, MemoryError, OSError) as error:
        _Worker.fault = f"the engine does not start: {type(error).__name__}"
    # Only now: the very first start of all exports the model, which needs more than any picture may have.
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MEBIBYTE, memory_mb * MEBIBYTE))
    if sys.platform == "linux":
        # loading a model leaves some 30 MB of freed memory behind that the C library keeps unless asked
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)


def serve(line: Connection, choice: EngineChoice, memory_mb: int) -> None:
    """Say that this process has started, then answer one call after the other until nobody is there to call.

    A process that ran out of memory ends, because nobody knows what it left half done.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for the parent to act on
    start(choice, memory_mb)
    try:
        tell(line, (True, None))
        while True:
            function, arguments = hear(line)
            tell(line, _answer(function, arguments))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)


def _answer(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, object]:
    """Return whether there is a result, and the result or the error."""
    try:
        return True, function(*arguments)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - it belongs to whoever called
        # of a face library's own errors the parent knows no class, and shall load none
        known = type(error).__module__ in {"builtins", EngineUnavailable.__module__}
        return False, error if known else RuntimeError(type(error).__name__)


def engine_id() -> str:
    """Return the id of this worker's engine; raise EngineUnavailable."""
    return _engine().engine_id


def begin(actions: tuple[Action, ...]) -> bytes:
    """Return the first liveness state of a challenge."""
    from certification.face import liveness  # noqa: PLC0415

    return liveness.begin(actions)


def observe(state: bytes, jpeg: bytes, at_ms: int) -> FrameReport:
    """Look at one more frame."""
    from certification.face import liveness  # noqa: PLC0415

    return liveness.observe(_engine(), state, jpeg, at_ms)


def assess(state: bytes, template: Template | None) -> Assessment:
    """Say everything the frames so far tell."""
    from certification.face import liveness  # noqa: PLC0415

    return liveness.assess(_engine(), state, template)


def watch(
    video: bytes,
    actions: tuple[Action, ...],
    template: Template | None,
    free_choice: bool,  # noqa: FBT001 - arguments cross the process border by place
) -> VideoReport:
    """Look at a whole video."""
    from certification.face import liveness  # noqa: PLC0415

    return liveness.watch(_engine(), video, actions, template, free_choice=free_choice)


def measure_photo(data: bytes) -> PhotoReport:
    """Say what one photograph is worth."""
    from certification.face import photo  # noqa: PLC0415

    return photo.measure_photo(_engine(), data)


def match_photo(data: bytes, template: Template | None) -> PhotoMatch:
    """Say whether a photograph shows the person of a template."""
    from certification.face import photo  # noqa: PLC0415

    return photo.match_photo(_engine(), data, template)


def redraw_photo(data: bytes) -> bytes:
    """Draw a photograph of a paper anew."""
    from certification.face import photo  # noqa: PLC0415

    return photo.redraw_photo(data)


def _engine() -> FaceEngine:
    if _Worker.engine is None:
        raise EngineUnavailable(_Worker.fault)
    return _Worker.engine
