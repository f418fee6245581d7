"""The brokers that tests run on: a Redis of the test's own, and a queue of its own in a RabbitMQ that is reachable."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from kombu import Connection
from kombu.exceptions import KombuError
from redis import Redis
from redis.exceptions import RedisError

from tests.databases import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROKERS = ("redis", "rabbitmq")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")


@dataclass(frozen=True)
class Broker:
    """A broker's address and the queue in it."""

    url: str
    queue: str


@contextmanager
def scratch_broker(kind: str, folder: Path) -> Iterator[Broker]:
    """Yield a broker with an empty queue of one's own, gone afterwards."""
    with own_redis(folder) if kind == "redis" else _rabbitmq() as broker:
        yield broker


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def own_redis(folder: Path, port: int | None = None) -> Iterator[Broker]:
    """Yield a Redis server that writes everything down at once, in `folder`; started again there, it has it all."""
    if shutil.which("redis-server") is None:
        missing("redis-server is not installed: tests with workers over Redis are left out")
    port = port or free_port()
    kept = ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", *kept]
    with (folder / "redis.log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(200):
            try:
                with Redis(port=port) as client:
                    client.ping()
                break
            except RedisError:
                time.sleep(0.05)
        yield Broker(f"redis://127.0.0.1:{port}/0", "pension")
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextmanager
def _rabbitmq() -> Iterator[Broker]:
    queue = f"scratch_{uuid4().hex}"
    try:
        with Connection(RABBITMQ, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except (KombuError, OSError):
        missing("RabbitMQ is not reachable (TEST_RABBITMQ_URL, 127.0.0.1:5672): its half of the tests is left out")
    try:
        yield Broker(RABBITMQ, queue)
    finally:
        with Connection(RABBITMQ, connect_timeout=3) as connection:
            connection.default_channel.queue_delete(queue)
            connection.default_channel.exchange_delete(queue)
