"""What happens around the service: a disk that is full, a clock that is moved."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from models.session import Transactions, open_database
from tests.city import City
from tests.databases import missing
from tests.faults.people import NO_ANSWER, Crowd, gather
from tests.faults.state import examine, holds_all, is_idle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.brokers import Broker

pytestmark = pytest.mark.slow

NOTICED_WITHIN_SECONDS = 60
REFUSED = 400


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Yield a file system of 24 MB."""
    place = folder / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], check=False).returncode != 0:
        missing("A small file system cannot be mounted by this user: the test of a full disk is left out")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    """Leave no byte."""
    with (place / "ballast").open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """Everything in one place and one process, as on a small machine: database, pictures and the rest."""
    with small_disk(tmp_path) as place:
        city = City(place, f"sqlite:///{place / 'pension.sqlite3'}")
        try:
            city.flask("database", "upgrade")
            crowd = gather(city, 8, 200)
            city.start("web")

            def noticed() -> bool:
                # without an answer is who was talking to a process whose memory is a file that finds no room (SIGBUS)
                return any(status >= 500 or status == NO_ANSWER for status in list(crowd.answers))

            def stay_full() -> None:
                while not crowd.answers:
                    time.sleep(0.01)
                # what the database gives back when it tidies up is taken again, or all may fit in after all
                give_up_at = time.monotonic() + NOTICED_WITHIN_SECONDS
                while not noticed() and time.monotonic() < give_up_at:
                    fill(place)
                    time.sleep(0.05)
                time.sleep(6)
                (place / "ballast").unlink()

            crowd.go(stay_full)
            assert noticed(), "nobody noticed: the test proves nothing"
            engine = open_database(city.database_url)
            holds_all(crowd, Transactions(engine))
            engine.dispose()
            assert examine(city) == {}
            assert list(place.glob("evidence/*/*.partial")) == []
        finally:
            city.stop()


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_moved_by_an_hour_loses_nothing(city: City, rows: Transactions, broker: Broker, hours: int) -> None:
    """It moves while the first certify; the later ones certify and write by the wrong clock, until it is set right."""
    assert broker
    file = city.folder / "clock"
    # commands see the moved clock too
    city.given |= {"CLOCK_FILE": str(file), "FLASK_APP": "tests.city_app:create"}
    first = gather(city, 4, 0)
    later = gather(city, 4, 8, after=4)
    city.start("web", "worker", "beat")

    def move() -> None:
        time.sleep(0.3)
        file.write_text(str(hours * 3600))

    found: list[dict[str, int]] = []

    def set_right() -> None:
        city.wait_until(lambda: later.certified == len(later.people), "nobody certifies by the wrong clock")
        found.append(examine(city))
        file.unlink()

    first.go(move)
    later.go(set_right)
    assert later.answers[REFUSED] >= len(later.messages), "WeChat's messages were taken by the wrong clock"
    holds_all(Crowd(city, first.people + later.people, later.messages), rows)
    city.wait_until(lambda: is_idle(rows), "messages out are left")
    assert [*found, examine(city)] == [{}, {}]
