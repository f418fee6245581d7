"""JSON for the pages and the mini-program under /api/v1, described by /openapi.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response
from flask_smorest import Api

from api.v1 import attempts, bindings, people, receipts, sessions, wechat
from api.v1.schemas import Problem

if TYPE_CHECKING:
    from flask import Flask

    from api.v1.blueprints import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = (
    people.people,
    sessions.sessions,
    attempts.attempts,
    receipts.receipts,
    bindings.bindings,
    wechat.logins,
    wechat.wechat,
)

PROBLEM = "application/problem+json"
_CONFIG = {
    "API_TITLE": "Pension eligibility certification",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
                "miniprogram": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"session": []}, {"miniprogram": []}],
    },
}


class _ProblemApi(Api):
    """Answers errors as the rest of the house does and describes them so."""

    ERROR_SCHEMA = Problem

    def _openapi_json(self) -> Response:
        """Describe errors in the media type in which they are answered."""
        described = self.spec.to_dict()
        for error in described["components"]["responses"].values():
            error["content"] = {PROBLEM: next(iter(error["content"].values()))}
        return Response(json.dumps(described, indent=2), mimetype="application/json")

    def _register_error_handlers(self) -> None:
        """Leave every error to `api.errors`."""


def register_api(app: Flask) -> None:
    """Add the API and its description to `app`."""
    app.config.update(_CONFIG)
    api = _ProblemApi(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix="/api/v1")
