"""The face workers: processes of their own, bounded in number, queue, time and memory.

A picture that crashes a decoder costs the call that brought it, never the service. The parent imports no face library.
Whoever calls speaks to the worker themselves: every thread between the two would cost as much as a small picture.
"""

from __future__ import annotations

import select
import time
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, TypeVar, cast

from certification.face import worker_calls
from certification.face.pipe import hear, tell
from certification.face.types import EngineUnavailable, FaceBusy, FaceTimeout, FaceWorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable

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
# a fork would copy the locks of the web server's threads
_SPAWN = get_context("spawn")


class _Worker:
    """One process and the line to it; one thread at a time speaks to it."""

    def __init__(self, choice: EngineChoice, memory_mb: int) -> None:
        self._line, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=worker_calls.serve, args=(theirs, choice, memory_mb), daemon=True)
        self._process.start()
        theirs.close()
        self._answers = select.poll()
        self._answers.register(self._line, select.POLLIN)
        self._began = time.monotonic()
        self._has_started = False
        self._calls = 0

    @property
    def is_spent(self) -> bool:
        """Whether another one must take its place: it is gone, has done enough, or does not start."""
        never_starts = not self._has_started and time.monotonic() - self._began > START_SECONDS
        return never_starts or self._calls >= CALLS_PER_WORKER or not self._process.is_alive()

    def starts_within(self, seconds: float) -> bool:
        """Wait until it can be called; raise FaceWorkerLost."""
        if not self._has_started and self._answers_within(seconds):
            self._hear()
            self._has_started = True
        return self._has_started

    def call(self, seconds: float, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
        """Return the answer or raise what the function raised; one that takes too long is ended, with FaceTimeout."""
        self._calls += 1
        try:
            tell(self._line, (function, arguments))
        except OSError:
            self.bury()
            raise FaceWorkerLost from None
        if not self._answers_within(seconds):
            self.bury()
            raise FaceTimeout
        is_answer, told = self._hear()
        if is_answer:
            return told
        raise cast("Exception", told)

    def bury(self) -> None:
        """End it; whoever waits for its answer hears that it is lost."""
        self._process.kill()
        self._process.join()

    def _answers_within(self, seconds: float) -> bool:
        """Wait for an answer, or for the end of the process, of which `_hear` tells."""
        return bool(self._answers.poll(seconds * 1000))

    def _hear(self) -> tuple[bool, object]:
        try:
            told: tuple[bool, object] = hear(self._line)
        except (EOFError, OSError):
            self.bury()
            raise FaceWorkerLost from None
        return told


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
        self._choice, self._memory_mb = choice, memory_mb
        self._frame_seconds, self._video_seconds = frame_seconds, video_seconds
        self._places = BoundedSemaphore(workers + queue)
        self._longest = START_SECONDS + video_seconds * (queue // workers + 1)
        self._lock = Lock()
        self._closed = False
        self._engine_id: str | None = None
        self._all: set[_Worker] = set()
        # who waits for something to do; None once everything is closed
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        for _ in range(workers):
            self._idle.put(self._hire())

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
            for worker in self._all:
                worker.bury()
        self._idle.put(None)

    def _call(
        self,
        seconds: float,
        function: Callable[..., Result],
        *arguments: object,
        patience: float | None = None,
    ) -> Result:
        if not self._places.acquire(blocking=False):
            raise FaceBusy
        began = time.monotonic()
        give_up_at = began + (self._longest if patience is None else patience)
        try:
            worker = self._wait_for_worker(give_up_at)
            try:
                if not worker.starts_within(max(0.0, give_up_at - time.monotonic())):
                    raise FaceTimeout
                return cast("Result", worker.call(seconds, function, arguments))
            finally:
                self._give_back(worker)
        finally:
            self._places.release()
            self._observe(function.__name__, time.monotonic() - began)

    def _wait_for_worker(self, give_up_at: float) -> _Worker:
        try:
            worker = self._idle.get(timeout=max(0.0, give_up_at - time.monotonic()))
        except Empty:
            raise FaceTimeout from None
        if worker is not None and worker.is_spent:
            worker = self._replace(worker)  # it died while nobody called it
        if worker is None:
            self._idle.put(None)
            raise FaceWorkerLost
        return worker

    def _give_back(self, worker: _Worker) -> None:
        # a new one starts while nobody waits for it
        self._idle.put(self._replace(worker) if worker.is_spent else worker)

    def _replace(self, worker: _Worker) -> _Worker | None:
        worker.bury()
        with self._lock:
            self._all.discard(worker)
        return self._hire()

    def _hire(self) -> _Worker | None:
        """Return a new worker; None once everything is closed."""
        with self._lock:
            if self._closed:
                return None
            worker = _Worker(self._choice, self._memory_mb)
            self._all.add(worker)
            return worker
