"""Servers that share DATA_DIR, each in a container with process numbers of its own leave each other's figures alone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from deploy.shared_figures import VARIABLE
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

SERVER = """
import os, sys
from pathlib import Path
from deploy.shared_figures import share_figures
share_figures(Path(sys.argv[1]))
from prometheus_client import Counter, values
values.ValueClass = values.MultiProcessValue(lambda: 5_000_000)  # a number that means nothing outside
if child := os.fork():
    if sys.argv[3] == "wait":
        os.waitpid(child, 0)
    os._exit(0)
Counter("pension_tried", "Counted by a test").inc(float(sys.argv[2]))
print("counted", flush=True)
sys.stdin.read()
"""


@contextmanager
def server(data_dir: Path, count: int, parent: str = "wait") -> Iterator[None]:
    """Run a server whose forked process has counted; its parent waits for that, or is gone."""
    command = [sys.executable, "-c", SERVER, str(data_dir), str(count), parent]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as started:
        assert started.stdin
        assert started.stdout
        assert started.stdout.readline() == "counted\n"
        yield
        started.stdin.close()
        assert started.stdout.read() == ""


def look(client: FlaskClient, data_dir: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(data_dir / "figures" / "own"))
        lines = client.get("/metrics").text.splitlines()
    return next((line for line in lines if line.startswith("pension_tried_total")), "")


@pytest.mark.parametrize("parent", ["wait", "leave"])
def test_a_server_that_starts_leaves_the_figures_of_those_that_live(
    client: FlaskClient, tmp_path: Path, parent: str
) -> None:
    with server(tmp_path, 5, parent), server(tmp_path, 2):
        assert look(client, tmp_path) == "pension_tried_total 7.0"


def test_a_server_that_starts_takes_away_the_figures_of_those_that_are_gone(
    client: FlaskClient, tmp_path: Path
) -> None:
    with server(tmp_path, 5):
        pass
    with server(tmp_path, 2):
        assert look(client, tmp_path) == "pension_tried_total 2.0"
