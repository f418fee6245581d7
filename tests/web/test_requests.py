"""Requests are followed: by an id, by one line without anybody's papers in it, and by figures."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from flask.testing import FlaskClient

RECEIPT = "2025-ABCD-EFGH-JKMN"


def test_it_works(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "access"):
        answer = client.get(f"/h5/receipts/{RECEIPT}", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    (line,) = [one for one in caplog.records if one.name == "access"]
    assert RECEIPT not in str(line.__dict__)
    assert (line.__dict__["status"], line.__dict__["method"]) == (answer.status_code, "GET")
    figures = client.get("/metrics").text
    assert RECEIPT not in figures
    assert 'pension_requests_total{route="/h5/receipts/' in figures
    assert 'pension_waiting{queue="messages_out"} 0.0' in figures


def test_machines_that_look_are_not_told_of(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "access"):
        client.get("/healthz")
        client.get("/metrics")
    assert [one for one in caplog.records if one.name == "access"] == []
