"""The one error of reading."""

from __future__ import annotations

LONGEST = 500


class NotUnderstood(Exception):
    """A text is not what was asked for. reason: a word that has a sentence in `bot.replies` as `why_...`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
