"""How many WeChat messages a second: ours beside a bare wechatpy echo, both under gunicorn with two workers.

`.venv/bin/python -m benchmarks.callbacks [MESSAGES]`. Another process sends signed, encrypted text messages of
different people, first as fast as they are answered (throughput), then 100 a second (response times). Both servers are
measured in turns in one run, once their workers are ready and everybody has been heard; the figures go to
benchmarks/results/callbacks.json. TEST_POSTGRESQL_URL names a server for the PostgreSQL half; without one it is left
out.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import psycopg

from settings import Settings
from tests.fakes.clock import StandingClock
from tests.weixin import Weixin, write_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "callbacks.json"
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432")
WECHAT = {
    "WECHAT_TOKEN": "tokenofbenchmark",
    "WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
PEOPLE = 500
CONNECTIONS = 8
ROUNDS = 3
# Either worker may take the question whether it is ready: so many good answers in a row came from both.
ANSWERS_OF_BOTH = 20
PACE, PACED_SECONDS = 100, 15
# What people say: a greeting, a service, an answer in the middle of it.
SAYINGS = ("你好", "绑定", "1", "菜单", "取消", "我要认证")
ECHO = """
from flask import Flask, Response, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply
import os
app = Flask(__name__)
crypto = WeChatCrypto(os.environ["WECHAT_TOKEN"], os.environ["WECHAT_ENCODING_AES_KEY"], "wxsimulated0000000")

@app.post("/wechat")
def echo():
    query = request.args
    xml = crypto.decrypt_message(request.get_data(), query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(xml)
    reply = TextReply(content=message.content, message=message).render()
    return Response(crypto.encrypt_message(reply, query["nonce"], query["timestamp"]), mimetype="application/xml")

@app.get("/readyz")
def readyz():
    return "ready"
"""


@contextmanager
def serving(command: list[str], environ: dict[str, str], cwd: Path) -> Iterator[int]:
    """Yield the port of a gunicorn with two workers, both ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = environ | {"PORT": str(port)}
    whole = [sys.executable, "-m", "gunicorn", "--workers", "2", *command]
    whole = [part.replace("PORT", str(port)) for part in whole]
    with (cwd / "server.log").open("ab") as log:
        server = subprocess.Popen(whole, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        wait_until_ready(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_until_ready(port: int) -> None:
    """Wait until both workers say that they are ready; ours start their face workers first. Raises TimeoutError."""
    give_up_at, answers = time.monotonic() + 120, 0
    while answers < ANSWERS_OF_BOTH:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz"):
                answers += 1
        except OSError:
            answers = 0
            time.sleep(0.1)
        if time.monotonic() > give_up_at:
            raise TimeoutError("the server did not get ready")


def write_requests(folder: Path, count: int, environ: dict[str, str] | None = None) -> list[tuple[str, bytes]]:
    """Return paths and bodies of callbacks by different people, signed for the next five minutes.

    environ: the settings of the server they are for; without, those of this benchmark.
    """
    settings = Settings.read(WECHAT | {"DATA_DIR": str(folder)} | (environ or {}))
    weixin = Weixin(None, settings, StandingClock(datetime.now(UTC)))  # type: ignore[arg-type]  # only wraps
    now = int(weixin.clock.now().timestamp())
    made = []
    for place in range(count):
        fields = {"MsgType": "text", "Content": SAYINGS[place % len(SAYINGS)]}
        xml = write_xml(f"oPerson_{place % PEOPLE}", settings.wechat_original_id or "", now, fields)
        query, body = weixin.wrap(xml, nonce=uuid4().hex)
        made.append((f"/wechat?{urlencode(query)}", body.encode()))
    return made


def send_all(port: int, requests: list[tuple[str, bytes]], pace: float, told: Any) -> None:
    """Send from this process over some connections, as fast as answered or so many a second; tell the times."""
    taken: list[float] = []
    failed: list[int] = []
    waiting = iter(list(enumerate(requests)))
    lock = threading.Lock()
    begun = time.perf_counter()

    def work() -> None:
        connection = HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                following = next(waiting, None)
            if following is None:
                connection.close()
                return
            place, (path, body) = following
            due = begun + place / pace if pace else 0.0
            time.sleep(max(0.0, due - time.perf_counter()))
            # counted from when it should have gone out: a server that falls behind does not look fast
            start = due or time.perf_counter()
            connection.request("POST", path, body, {"Content-Type": "text/xml"})
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - start)
            if answer.status != 200:
                failed.append(answer.status)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put((time.perf_counter() - begun, taken, failed))


def measure(port: int, folder: Path, count: int, pace: float = 0.0) -> tuple[float, list[float]]:
    """Return messages a second and every response time; another process does the sending."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    sender = context.Process(target=send_all, args=(port, write_requests(folder, count), pace, told))
    sender.start()
    seconds, taken, failed = told.get()
    sender.join()
    if failed:
        raise SystemExit(f"{len(failed)} of {count} messages failed: {set(failed)}")
    return count / seconds, taken


def percentile(taken: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    return round(sorted(taken)[min(len(taken) - 1, int(len(taken) * share))] * 1000, 1)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str | None]:
    """Yield the address of an empty database; None where there is no such server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid4().hex}.sqlite3'}"
        return
    name = f"bench_{uuid4().hex}"
    try:
        server = psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRESQL}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def compare(kind: str, folder: Path, count: int) -> dict[str, Any] | None:
    """Return the figures of one database beside the echo's, both measured in turns."""
    with database(kind, folder) as url:
        if url is None:
            return None
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        environ = kept | WECHAT | {"DATA_DIR": str(folder), "DATABASE_URL": url, "FACE_WORKERS": "1"}
        subprocess.run(
            [sys.executable, "-m", "flask", "database", "upgrade"],
            cwd=ROOT,
            env=environ,
            check=True,
            capture_output=True,
        )
        (folder / "echo.py").write_text(ECHO)
        threads = ["--worker-class", "gthread", "--threads", "12"]
        echo = [*threads, "--bind", "127.0.0.1:PORT", "--pythonpath", str(folder), "echo:app"]
        ours = ["--config", "deploy/gunicorn.conf.py", "app:create_app()"]
        with serving(ours, environ, folder) as our_port, serving(echo, environ, folder) as echo_port:
            for port in (our_port, echo_port):
                measure(port, folder, 2 * PEOPLE)
            rates: dict[int, list[float]] = {our_port: [], echo_port: []}
            for _ in range(ROUNDS):
                for port in (our_port, echo_port):
                    rates[port].append(measure(port, folder, count)[0])
            _rate, paced = measure(our_port, folder, PACE * PACED_SECONDS, PACE)
    ours_rate, echo_rate = statistics.median(rates[our_port]), statistics.median(rates[echo_port])
    return {
        "messages_per_second": round(ours_rate),
        "echo_per_second": round(echo_rate),
        "ratio": round(ours_rate / echo_rate, 2),
        "p50_ms_at_100_per_second": percentile(paced, 0.5),
        "p99_ms_at_100_per_second": percentile(paced, 0.99),
    }


def main() -> None:
    """Measure, print, and keep the figures with the machine and the versions."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    figures: dict[str, Any] = {}
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            found = compare(kind, Path(folder), count)
        if found is None:
            print(f"{kind}: no server, left out")
            continue
        figures[kind] = found
        print(f"{kind}: {found}", flush=True)
    names = ("flask", "gunicorn", "sqlalchemy", "psycopg", "wechatpy", "cryptography")
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    versions = {name: version(name) for name in names}
    RESULTS.write_text(json.dumps({"machine": machine, "versions": versions, "callbacks": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
