"""The one way to raise an error that a person may read.

A refusal is a named event; `words.REFUSALS` has its sentence and its next step, `api.errors` its HTTP status.
Everything else that is raised is a fault of ours and shows nobody anything.
"""

from __future__ import annotations


class Refusal(Exception):
    """Something asked for is refused, for a reason the person may read.

    code: a key of `words.REFUSALS`. field: the input at fault, if one is. retryable: the same request may go through
    later. values: what the sentence needs; never personal data beyond the asking person's own.
    """

    def __init__(self, code: str, *, field: str | None = None, retryable: bool = False, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.retryable = retryable
        self.values = values
