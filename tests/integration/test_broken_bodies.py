"""Bodies that end in the middle or are no bodies, at the server as deployed: refused, and nothing acts on a half."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.city import City

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = b"number=2025-ABCD-EFGH-JKMN"
HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "no size": b"zz\r\nabc\r\n0\r\n\r\n",
    "size below nothing": b"-5\r\nabc\r\n0\r\n\r\n",
    "no end of a chunk": b"3\r\nabcXX0\r\n\r\n",
    "no last chunk": b"1a\r\n" + FORM + b"\r\n",
    "cut in a chunk": b"40\r\n" + FORM,
    "a trailer that is none": b"3\r\nabc\r\n0\r\nfoo\r\n\r\n",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("deployed")
    city = City(folder, f"sqlite:///{folder}/city.sqlite3")
    city.start("web")
    try:
        yield city.port
    finally:
        city.stop()


def send(port: int, head: bytes, body: bytes, path: bytes = b"/verify") -> bytes:
    """Send bytes, then nothing more, and return the status line of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(HEAD % path + head + body)
        line.shutdown(socket.SHUT_WR)
        return line.recv(65536).partition(b"\r\n")[0]


def test_it_works(port: int) -> None:
    assert b" 303 " in send(port, b"Content-Length: 26\r\n\r\n", FORM)
    assert b" 303 " in send(port, CHUNKED, b"1a\r\n" + FORM + b"\r\n0\r\n\r\n")


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_broken_chunks_are_the_senders_fault(port: int, body: bytes) -> None:
    status = send(port, CHUNKED, body).split()[1]
    assert status in {b"400", b"422"}


@pytest.mark.parametrize("path", [b"/verify", b"/staff/login"])
def test_a_body_that_was_cut_off_is_not_acted_on(port: int, path: bytes) -> None:
    status = send(port, b"Content-Length: 400\r\n\r\n", FORM, path).split()[1]
    assert status in {b"400", b"422"}
