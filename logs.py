"""Lines of the log: one event each, with the request it belongs to, and nothing that a person said or is.

What is logged is written by this project in fixed words, with kinds, names and numbers of ours as values. What other
libraries log may quote what they were given, so of theirs only the kind of an error is kept.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = ("api", "bot", "jobs", "commands", "casework", "certification", "policy", "models", "app", "access")
# Values that a line may carry besides its words.
FIELDS = ("status", "ms", "route", "method", "work")
_LONGEST = 200
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
# made once: `json.dumps` makes one for each line
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
_request: ContextVar[str | None] = ContextVar("request", default=None)


def current_request() -> str | None:
    """Return the id of the request at hand, or of the one that asked for this task."""
    return _request.get()


def begin_request(given: str | None) -> str:
    """Begin a request under the id that a proxy gave it, if it is one, or under a new one; return it."""
    request_id = given if given and _REQUEST_ID.fullmatch(given) else uuid4().hex
    _request.set(request_id)
    return request_id


def end_request() -> None:
    """Let what this thread logs next belong to no request."""
    _request.set(None)


@contextmanager
def bound_request(request_id: str | None) -> Iterator[None]:
    """Let the lines of a block belong to a request."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record, its error by kind alone."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _words_of(record),
        }
        request_id = current_request()
        if request_id:
            line["request"] = request_id
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "place": place_of(record.exc_info[1])}
        return _encode(line)


class TextLines(logging.Formatter):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record, its error by kind alone."""
        error = ""
        if record.exc_info and record.exc_info[0]:
            error = f" ({record.exc_info[0].__name__} at {place_of(record.exc_info[1])})"
        values = "".join(f" {name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name))
        return f"{record.levelname.lower()} {record.name}: {_words_of(record)}{values}{error}"


def start_logging(*, as_json: bool) -> None:
    """Write the log of this process to standard error, one line for each event; other handlers are taken off."""
    # where in the code, in which thread and process a line was written is told nowhere: it is not looked up either
    logging._srcfile = None  # noqa: SLF001 - as Python's documentation says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("gunicorn.error", "gunicorn.access", "celery"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    for name in ("botocore", "boto3", "urllib3", "sqlalchemy", "werkzeug", "alembic", "amqp", "kombu", "celery"):
        logging.getLogger(name).setLevel(logging.WARNING)


def place_of(error: BaseException | None) -> str:
    """Return the file and line where an error was raised: all that is told of it besides its kind."""
    trace = error.__traceback__ if error else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


def _words_of(record: logging.LogRecord) -> str:
    """Return what a line says: ours whole, another library's without the values put into it."""
    name = record.name.partition(".")[0]
    # the server tells of its addresses and processes; of a fault it tells the address that was asked for
    if name in OURS or (name == "gunicorn" and record.levelno <= logging.INFO):
        return record.getMessage()
    return str(record.msg)[:_LONGEST]
