"""Reading a stranger's file in a process of its own, which may take so much memory and compute for so long."""

from __future__ import annotations

import multiprocessing
import resource
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

# A sheet as long as office programs write them takes about half of it.
MOST_MEMORY = 2 * 1024**3
CPU_SECONDS = 300
S = TypeVar("S")
T = TypeVar("T")
_SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def read_apart(
    read: Callable[[S], Iterator[T]], source: S, otherwise: Refusal, *, cpu_seconds: int = CPU_SECONDS
) -> Iterator[Iterator[T]]:
    """Yield what `read` yields of the source; its refusals are raised here, and `otherwise` where its process died."""
    ours, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_serve, args=(theirs, read, source, cpu_seconds), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _received(ours, otherwise)
    finally:
        process.kill()
        process.join()
        ours.close()


def _received(line: Connection, otherwise: Refusal) -> Iterator[Any]:
    while True:
        try:
            is_over, said = line.recv()
        except EOFError:
            raise otherwise from None
        if isinstance(said, Refusal):
            raise said
        if is_over:
            return
        yield said


def _serve(line: Connection, read: Callable[[Any], Iterator[Any]], source: object, cpu_seconds: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for the command to act on
    _limit(resource.RLIMIT_CORE, 0)  # a core file would hold people's rows
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    try:
        for said in read(source):
            line.send((False, said))
        line.send((True, None))
    except Refusal as refusal:
        line.send((True, refusal))
    except (MemoryError, BrokenPipeError):
        return


def _limit(what: int, most: int) -> None:
    allowed = resource.getrlimit(what)[1]
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (most, most))
