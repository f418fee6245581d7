"""How many people are looked at at the same moment: whoever comes when all places are taken is told how long to wait.

An attempt lasts half a minute and streams five pictures a second. Were everybody let in, every picture would come too
late and nobody would be certified; so some begin, and the others wait in the order in which they asked.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uuid

# Whoever sent nothing for so long has left their place, or their place in the line.
IDLE = timedelta(seconds=15)
FIRST_GUESS_SECONDS = 20.0
SHORTEST_WAIT, LONGEST_WAIT = 3, 120
# A picture answered so fast is in time for the next one; slower, and there are too many people for this machine.
GOOD_SECONDS = 0.4
# So many seconds pass before a further quarter of the places is given away: how fast the machine is shows only then.
RAMP_SECONDS, _RAMP_SHARE = 2.0, 4
# How much the last one who left says of how long the next one will take, and the last picture of the next one.
_WEIGHT, _PICTURE_WEIGHT = 0.1, 0.05


class Crowd:
    """The people in front of this process, by account. Thread-safe; kept in memory, for it is about this minute.

    places: people at once on a machine that keeps up; there are fewer while pictures are answered slowly.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._lock = Lock()
        self._inside: dict[uuid.UUID, tuple[datetime, datetime]] = {}
        self._line: dict[uuid.UUID, datetime] = {}
        self._seconds = FIRST_GUESS_SECONDS
        self._picture_seconds = 0.0

    def enter(self, account_id: uuid.UUID, now: datetime) -> int:
        """Take a place and return 0, or stand in line and return in how many seconds to ask again."""
        with self._lock:
            self._send_away_idle(now)
            ahead = list(self._line).index(account_id) if account_id in self._line else len(self._line)
            places = self._count_places()
            if account_id in self._inside or len(self._inside) + ahead < min(places, self._count_ramp(now)):
                self._line.pop(account_id, None)
                came, _ = self._inside.get(account_id, (now, now))
                self._inside[account_id] = (came, now)
                return 0
            wait = math.ceil((ahead + 1) * self._seconds / places)
            wait = min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)
            # a dictionary keeps the order in which people came, also when their time is written anew
            self._line[account_id] = now + timedelta(seconds=wait)
            return wait

    def stay(self, account_id: uuid.UUID, now: datetime, *, picture_seconds: float) -> None:
        """Note that somebody is still there, and how long their picture took to be answered."""
        with self._lock:
            self._picture_seconds += _PICTURE_WEIGHT * (picture_seconds - self._picture_seconds)
            came, _ = self._inside.get(account_id, (now, now))
            self._inside[account_id] = (came, now)

    def leave(self, account_id: uuid.UUID, now: datetime) -> None:
        """Give the place back."""
        with self._lock:
            came, _ = self._inside.pop(account_id, (None, None))
            if came is not None:
                self._seconds += _WEIGHT * ((now - came).total_seconds() - self._seconds)

    def _count_ramp(self, now: datetime) -> int:
        """Return up to how many people may be inside now, so that those who came lately are no more than a step."""
        lately = now - timedelta(seconds=RAMP_SECONDS)
        settled = sum(came <= lately for came, _ in self._inside.values())
        return settled + max(1, self._places // _RAMP_SHARE)

    def _count_places(self) -> int:
        slowness = max(1.0, self._picture_seconds / GOOD_SECONDS)
        return max(1, int(self._places / slowness))

    def _send_away_idle(self, now: datetime) -> None:
        for account_id, (_, last) in list(self._inside.items()):
            if last < now - IDLE:
                del self._inside[account_id]
        if not self._inside:
            self._picture_seconds = 0.0  # what is known of the machine's pace is about a crowd that has gone
        for account_id, asks_again_at in list(self._line.items()):
            if asks_again_at < now - IDLE:
                del self._line[account_id]
