"""The web server's threads: each stays with a camera that streams, and there is always one for everybody else."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.camera_worker import LEFT_FOR_OTHERS
from tests.brokers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
CAMERAS = 2
# Tells which thread answers.
APPLICATION = """
import threading

def application(environ, start_response):
    body = environ["wsgi.input"].read() and str(threading.get_ident()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "threads_told.py").write_text(APPLICATION)
    chosen = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{chosen}", "--pythonpath", str(tmp_path)]
    command += ["--worker-class", "deploy.camera_worker.CameraWorker", "--threads", str(CAMERAS + LEFT_FOR_OTHERS)]
    with subprocess.Popen([*command, "threads_told:application"], cwd=ROOT, stderr=subprocess.DEVNULL) as server:
        try:
            yield wait_for(chosen)
        finally:
            server.terminate()
        assert server.wait(timeout=20) == 0


def wait_for(port: int) -> int:
    give_up_at = time.monotonic() + 30
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        while time.monotonic() < give_up_at:
            with suppress(OSError):
                send(line, "/")
                return port
            line.close()
            time.sleep(0.1)
    pytest.fail("the server does not start")


def send(line: HTTPConnection, path: str) -> bytes:
    """Send something and return which thread answered."""
    line.request("POST", path, b"a picture")
    answer = line.getresponse()
    assert answer.status == 200
    return answer.read()


def test_a_thread_stays_with_a_camera(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as camera:
        others = [HTTPConnection("127.0.0.1", port, timeout=20) for _ in range(4)]
        threads = set()
        for other in others:
            threads.add(send(camera, "/api/v1/attempts/1/frames"))
            with closing(other):
                assert send(other, "/page") not in threads
        assert len(threads) == 1


def test_more_cameras_than_threads_are_all_answered(port: int) -> None:
    with ExitStack() as lines:
        cameras = [
            lines.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=20)))
            for _ in range(CAMERAS + LEFT_FOR_OTHERS + 5)
        ]
        for _ in range(3):
            for camera in cameras:
                camera.request("POST", "/api/v1/attempts/1/frames", b"a picture")
            assert [camera.getresponse().read() != b"" for camera in cameras] == [True] * len(cameras)


def test_whoever_rests_is_answered_when_they_come_back(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as camera:
        send(camera, "/api/v1/attempts/1/frames")
        time.sleep(0.5)
        assert send(camera, "/api/v1/attempts/1/frames")
