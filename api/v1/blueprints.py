"""The blueprint of every part of the API: whatever is no JSON that Python reads is answered as malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask_smorest
from webargs.flaskparser import FlaskParser

from refusal import Refusal

if TYPE_CHECKING:
    from flask import Request
    from marshmallow import Schema


class _Parser(FlaskParser):
    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return what a body says; raise Refusal `malformed` also where it is nested too deep."""
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError):
            raise Refusal("malformed") from None


class Blueprint(flask_smorest.Blueprint):
    """One part of the API."""

    ARGUMENTS_PARSER = _Parser()
