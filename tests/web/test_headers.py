from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient


def test_answers_are_kept_nowhere_and_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/v1/me", "/api/v1/receipts/none", "/no such page"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
