"""The face workers: processes of their own, bounded in number, queue, time and memory.

A picture that crashes a decoder costs the call that brought it, never the service. The parent imports no face library.
"""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from certification.face import worker_calls
from certification.face.types import EngineUnavailable, FaceBusy, FaceTimeout, FaceWorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from pebble import ProcessFuture

    from certification.face.types import (
        Action,
        Assessment,
        EngineChoice,
        FrameReport,
        PhotoMatch,
        PhotoReport,
        Template,
        VideoReport,
    )

Result = TypeVar("Result")
# A worker that leaks is replaced before it matters: after some hundred attempts; a new one is there in a second.
CALLS_PER_WORKER = 5_000
START_SECONDS = 60
READY_SECONDS = 10
LOOK_SECONDS = 1.0


class FaceWorkers:
    """Calls the face engine in worker processes. Thread-safe; every call blocks until its answer or its error.

    Each call may raise FaceBusy, FaceTimeout, FaceWorkerLost, EngineUnavailable and PictureRefused.
    workers: processes; queue: calls that may wait beside those running; memory_mb: address space of one worker;
    frame_seconds, video_seconds: the limit of a call about one picture, and about a whole video. observe: told of every
    call's name and how many seconds it took, however it ended.
    """

    def __init__(
        self,
        choice: EngineChoice,
        *,
        workers: int = 2,
        queue: int = 32,
        memory_mb: int = 1024,
        frame_seconds: float = 10,
        video_seconds: float = 60,
        observe: Callable[[str, float], None] = lambda _step, _seconds: None,
    ) -> None:
        self._observe = observe
        self._choice, self._workers, self._queue, self._memory_mb = choice, workers, queue, memory_mb
        self._frame_seconds, self._video_seconds = frame_seconds, video_seconds
        self._places = BoundedSemaphore(workers + queue)
        self._lock = Lock()
        self._closed = False
        self._engine_id: str | None = None
        self._pool = self._new_pool()

    @property
    def engine_id(self) -> str:
        """The id of the workers' engine; the first to ask waits for a worker to start."""
        if self._engine_id is None:
            self._engine_id = self._call(START_SECONDS, worker_calls.engine_id)
        return self._engine_id

    def begin(self, actions: tuple[Action, ...]) -> bytes:
        """Return the first liveness state of a challenge."""
        return self._call(self._frame_seconds, worker_calls.begin, actions)

    def observe(self, state: bytes, jpeg: bytes, at_ms: int) -> FrameReport:
        """Look at one more frame, `at_ms` after the first."""
        return self._call(self._frame_seconds, worker_calls.observe, state, jpeg, at_ms)

    def assess(self, state: bytes, template: Template | None) -> Assessment:
        """Say everything the frames so far tell."""
        return self._call(self._frame_seconds, worker_calls.assess, state, template)

    def watch(
        self, video: bytes, actions: tuple[Action, ...], template: Template | None, *, free_choice: bool
    ) -> VideoReport:
        """Look at a whole video. With `free_choice` any two actions that it shows are the challenge."""
        return self._call(self._video_seconds, worker_calls.watch, video, actions, template, free_choice)

    def measure_photo(self, data: bytes) -> PhotoReport:
        """Say what one photograph is worth as a reference."""
        return self._call(self._frame_seconds, worker_calls.measure_photo, data)

    def match_photo(self, data: bytes, template: Template | None) -> PhotoMatch:
        """Say whether a photograph taken now shows the person of a template."""
        return self._call(self._frame_seconds, worker_calls.match_photo, data, template)

    def redraw_photo(self, data: bytes) -> bytes:
        """Return a photograph of a paper drawn anew as an upright JPEG: what else the file carried is left behind."""
        return self._call(self._frame_seconds, worker_calls.redraw_photo, data)

    def is_ready(self) -> bool:
        """Say whether a worker with a working engine answers within ten seconds; a full queue counts as ready."""
        try:
            self._call(READY_SECONDS, worker_calls.engine_id, patience=READY_SECONDS)
        except FaceBusy:
            return True
        except (EngineUnavailable, FaceTimeout, FaceWorkerLost):
            return False
        return True

    def close(self) -> None:
        """End the workers; calls under way are lost. Nothing can be called afterwards."""
        with self._lock:
            self._closed = True
            self._end(self._pool)

    def _call(
        self,
        seconds: float,
        function: Callable[..., Result],
        *arguments: object,
        patience: float | None = None,
    ) -> Result:
        if not self._places.acquire(blocking=False):
            raise FaceBusy
        longest = START_SECONDS + self._video_seconds * (self._queue // self._workers + 1)
        began = time.monotonic()
        try:
            return self._answer_of(seconds, longest if patience is None else patience, function, *arguments)
        finally:
            self._places.release()
            self._observe(function.__name__, time.monotonic() - began)

    def _answer_of(
        self, seconds: float, patience: float, function: Callable[..., Result], *arguments: object
    ) -> Result:
        pool, future = self._scheduled(seconds, function, *arguments)
        give_up_at = time.monotonic() + patience
        while True:
            try:
                return cast(Result, future.result(timeout=LOOK_SECONDS))
            except ProcessExpired:
                raise FaceWorkerLost from None
            except TimeoutError:
                # a limit that passed, or only our look: a broken pool leaves its last calls without any answer
                if future.done():
                    raise FaceTimeout from None
                if not pool.active:
                    self._replace(pool)
                    raise FaceWorkerLost from None
                if time.monotonic() > give_up_at:
                    future.cancel()
                    raise FaceTimeout from None
            except (BrokenProcessPool, CancelledError):
                self._replace(pool)
                raise FaceWorkerLost from None

    def _scheduled(
        self, seconds: float, function: Callable[..., Result], *arguments: object
    ) -> tuple[ProcessPool, ProcessFuture[object]]:
        """Return the pool that took the call; one that broke while nobody called it is replaced first."""
        for _ in range(2):
            pool = self._pool
            try:
                return pool, pool.schedule(worker_calls.within_memory, (function, *arguments), timeout=seconds)
            except RuntimeError:
                self._replace(pool)
        raise FaceWorkerLost

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=CALLS_PER_WORKER,
            initializer=worker_calls.start,
            initargs=(self._choice, self._memory_mb),
            # a fork would copy the locks of the web server's threads
            context=get_context("spawn"),
        )

    def _replace(self, broken: ProcessPool) -> None:
        """Put a new pool in the place of a broken one, once, whoever of its callers comes first."""
        with self._lock:
            if self._pool is broken and not self._closed:
                self._pool = self._new_pool()
                self._end(broken)

    @staticmethod
    def _end(pool: ProcessPool) -> None:
        pool.stop()
        pool.join()
