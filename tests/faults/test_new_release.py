"""A new release takes over from the old one while people are in front of their cameras."""

from __future__ import annotations

import signal
import socket
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it brings no types
import pytest

from tests.faults.people import NO_ANSWER, gather
from tests.faults.state import examine, holds_all

if TYPE_CHECKING:
    from models.session import Transactions
    from tests.city import City

UNIT = Path(__file__).resolve().parent.parent.parent / "deploy" / "systemd" / "pension-web.service"


def signal_of_reload() -> signal.Signals:
    [line] = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecReload=")]
    return signal.Signals["SIG" + line.removeprefix("ExecReload=/bin/kill -").removesuffix(" $MAINPID")]


def wait_for_main(told: socket.socket) -> int:
    """Return the process that systemd is told to follow."""
    while True:
        for line in told.recv(4096).decode().splitlines():
            if line.startswith("MAINPID="):
                return int(line.removeprefix("MAINPID="))


@pytest.mark.slow
def test_a_reload_loads_the_new_release_and_nobody_is_left_without_an_answer(
    tmp_path: Path, city: City, rows: Transactions
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(60)
        city.given["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        crowd = gather(city, 4, 40)
        city.start("web")
        old = city.parts["web"]
        followed: list[psutil.Process] = []

        def change() -> None:
            city.wait_until(lambda: crowd.answers.total() > 20, "nobody asked anything")
            old.send_signal(signal_of_reload())
            followed.append(psutil.Process(wait_for_main(told)))
            old.wait(timeout=90)

        crowd.go(change)
        [new] = followed
        try:
            assert new.pid != old.pid
            assert city.answers()
            assert crowd.answers[NO_ANSWER] == 0, "somebody was left without an answer"
            holds_all(crowd, rows)
            assert examine(city) == {}
        finally:
            new.terminate()
            new.wait(timeout=60)
