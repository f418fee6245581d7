"""Messages acted on exactly once: copies at the same moment on two workers, and a worker killed in between."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psutil  # type: ignore[import-untyped]  # it brings no types
import pytest
from sqlalchemy import func, select

from models import InboxMessage, Ticket
from models.session import Transactions
from settings import Settings
from tests.conftest import DATA_KEY
from tests.fakes.clock import StandingClock
from tests.weixin import Weixin, write_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parent.parent.parent
MESSAGES = 200
KILLED_AT = {30, 60, 90, 120, 150}
WECHAT = {
    "WECHAT_TOKEN": "tokenoftests",
    "WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}


@contextmanager
def gunicorn(folder: Path, database_url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Yield the port and the process of a server with two workers on that database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environ = kept | WECHAT | {"DATA_DIR": str(folder), "DATA_KEY": DATA_KEY, "DATABASE_URL": database_url}
    environ |= {"PORT": str(port), "FACE_WORKERS": "1"}
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--workers", "2"]
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen([*command, "app:create_app()"], cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(port, folder)
        yield port, server
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int, folder: Path) -> None:
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError((folder / "server.log").read_text())


def _requests(folder: Path, port: int) -> list[Request]:
    """Return 200 callbacks as WeChat sends them: each of somebody with a question that staff must answer."""
    settings = Settings.read(WECHAT | {"DATA_DIR": str(folder), "DATA_KEY": DATA_KEY})
    weixin = Weixin(None, settings, StandingClock(datetime.now(UTC)))  # type: ignore[arg-type]  # only wraps
    made = []
    for place in range(MESSAGES):
        fields = {"MsgType": "text", "Content": "丧葬费有多少"}
        now = int(weixin.clock.now().timestamp())
        query, body = weixin.wrap(write_xml(f"oPerson_{place}", settings.wechat_original_id or "", now, fields))
        made.append(Request(f"http://127.0.0.1:{port}/wechat?{urlencode(query)}", data=body.encode(), method="POST"))
    return made


def _send(request: Request) -> int:
    """Send a callback once, as WeChat does: 0 where there is no answer."""
    try:
        with urlopen(request, timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, ConnectionError, TimeoutError, OSError, HTTPException):
        return 0


def _counts(engine: Engine) -> tuple[int, int, int]:
    with Transactions(engine)() as session:
        return (
            session.scalar(select(func.count()).select_from(InboxMessage)) or 0,
            session.scalar(select(func.count()).select_from(Ticket)) or 0,
            session.scalar(select(func.count(func.distinct(Ticket.account_id)))) or 0,
        )


def _a_worker_of(server: subprocess.Popen[bytes]) -> psutil.Process:
    """Return a worker that is alive; after a kill the server may need a moment to start another."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        for one in psutil.Process(server.pid).children():
            if one.status() != psutil.STATUS_ZOMBIE and "gunicorn" in " ".join(one.cmdline()):
                return one
        time.sleep(0.05)
    raise TimeoutError("no worker came back")


@pytest.mark.slow
def test_killed_workers_and_retries_leave_each_message_acted_on_once(own_engine: Engine, tmp_path: Path) -> None:
    own_engine.dispose()
    with gunicorn(tmp_path, own_engine.url.render_as_string(hide_password=False)) as (port, server):
        requests = _requests(tmp_path, port)
        killed = 0
        first: list[int] = []
        with ThreadPoolExecutor(8) as senders:
            answers = senders.map(_send, requests)
            for place, status in enumerate(answers):
                first.append(status)
                if place in KILLED_AT:
                    _a_worker_of(server).send_signal(signal.SIGKILL)
                    killed += 1
        assert killed == len(KILLED_AT)
        assert first.count(200) < MESSAGES, "nobody was interrupted: the test proves nothing"
        # WeChat repeats what was not answered, twice; here every message is repeated, answered or not
        for _ in range(2):
            with ThreadPoolExecutor(8) as senders:
                last = list(senders.map(_send, requests))
        assert set(last) == {200}
    assert _counts(own_engine) == (MESSAGES, MESSAGES, MESSAGES)


@pytest.mark.slow
def test_copies_at_the_same_moment_on_two_workers_act_once(own_engine: Engine, tmp_path: Path) -> None:
    own_engine.dispose()
    with gunicorn(tmp_path, own_engine.url.render_as_string(hide_password=False)) as (port, _server):
        requests = _requests(tmp_path, port)[:40]
        with ThreadPoolExecutor(16) as senders:
            statuses = set(senders.map(_send, [one for one in requests for _ in range(4)]))
        assert statuses == {200}
    assert _counts(own_engine) == (40, 40, 40)
