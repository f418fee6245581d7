"""Attempts that stream to this process: where each stands is known from the picture before, and not looked up.

Nothing is believed because of it. A picture is written down only where its attempt still stands as it was left, runs
and is its account's own; if not, what was left is forgotten and everything is looked up. The database has all of it.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from certification.attempts import count_ms

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import datetime

    from certification.attempts import FrameJob


class Streams:
    """How the last picture left each attempt. Thread-safe: whoever goes on from there takes it away."""

    def __init__(self) -> None:
        self._left: dict[uuid.UUID, tuple[str, FrameJob]] = {}

    def __len__(self) -> int:
        """Return of how many attempts something is kept."""
        return len(self._left)

    def leave(self, nonce: str, job: FrameJob, state: bytes, now: datetime) -> None:
        """Note where a picture that was written down left its attempt, whose nonce this is."""
        self._left[job.attempt_id] = nonce, replace(job, version=job.version + 1, state=state)
        # the longest left come first; there are few, for each has a place before the camera
        for _nonce, left in list(self._left.values()):
            if left.expires_at >= now:
                break
            self.forget(left.attempt_id)

    def go_on(
        self,
        account_id: uuid.UUID,
        attempt_id: uuid.UUID,
        nonce: str,
        seq: int,
        digest: Callable[[], tuple[str, ...]],
        now: datetime,
    ) -> FrameJob | None:
        """Return how to look at the very next picture of an attempt; None where it must be looked up."""
        known, left = self._left.pop(attempt_id, ("", None))
        if left is None or (account_id, seq) != (left.account_id, left.seq + 1) or now > left.expires_at:
            return None
        if not hmac.compare_digest(nonce.encode(), known.encode()):
            return None
        return replace(left, seq=seq, contents=digest(), at_ms=count_ms(left.created_at, now))

    def forget(self, attempt_id: uuid.UUID) -> None:
        """Forget an attempt that is over."""
        self._left.pop(attempt_id, None)
