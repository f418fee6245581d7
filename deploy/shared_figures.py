"""One place in which all servers that share DATA_DIR keep their counters, so that /metrics sums them.

To be called before anything imports prometheus_client: it looks at the environment then.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from tempfile import mkdtemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_figures(data_dir: Path) -> None:
    """Give this server and what it forks a folder beside the others', and take away those whose server is gone.

    A folder is locked for as long as one of its processes lives. Their numbers say nothing: a container counts its own.
    A server that reads its configuration again has its folder already.
    """
    if VARIABLE in os.environ:
        return
    root = data_dir / "figures"
    root.mkdir(exist_ok=True, mode=0o700)
    with _opened(root) as all_of_them:
        fcntl.flock(all_of_them, fcntl.LOCK_EX)
        for folder in root.iterdir():
            if folder.is_dir() and _is_left(folder):
                shutil.rmtree(folder)
        own = mkdtemp(dir=root)
        fcntl.flock(os.open(own, os.O_RDONLY), fcntl.LOCK_EX)  # never closed: with the last process it goes
    os.environ[VARIABLE] = own


def _is_left(folder: Path) -> bool:
    with _opened(folder) as found:
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)
