"""What a line of the log holds: our own words, and of other libraries' words none that quote what they were given."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from logs import JsonLines, TextLines, begin_request, bound_request, current_request

PERSON = "430102193811025310"


def record(name: str, words: str, *values: object, fault: bool = False) -> logging.LogRecord:
    found = None
    if fault:
        try:
            int(f"{PERSON}X")
        except ValueError:
            found = sys.exc_info()
    return logging.LogRecord(name, logging.ERROR, __file__, 1, words, values, found)


def test_it_works() -> None:
    line = record("jobs.outbox", "sent %s", 3)
    line.status = 200
    with bound_request("a-request"):
        told = json.loads(JsonLines().format(line))
    assert {name: told[name] for name in ("level", "logger", "event", "request", "status")} == {
        "level": "error",
        "logger": "jobs.outbox",
        "event": "sent 3",
        "request": "a-request",
        "status": 200,
    }
    assert current_request() is None


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_what_other_libraries_quote_is_left_out(form: logging.Formatter) -> None:
    told = form.format(record("gunicorn.error", "Error handling request %s", PERSON, fault=True))
    assert PERSON not in told
    assert "Error handling request" in told
    assert "ValueError" in told
    assert "test_logs.py:" in told


@pytest.mark.parametrize("given", [None, "", "short", "x" * 65, "with space in it", 'quote"and{brace}', "换行\n伪造"])
def test_an_id_that_is_none_is_replaced(given: str | None) -> None:
    made = begin_request(given)
    assert made != given
    assert len(made) == 32
    assert begin_request("from-the-proxy-1") == "from-the-proxy-1"
