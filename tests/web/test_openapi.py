from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
from openapi_spec_validator import validate

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.web.conftest import Phone


def test_the_description_is_valid_and_complete(client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()
    validate(described)
    routes = {
        rule.rule.replace("<uuid:", "{").replace("<string:", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
    }
    assert set(described["paths"]) == routes
    for path in described["paths"].values():
        for name, operation in path.items():
            if name != "parameters":
                assert operation["summary"]


def test_answers_are_as_described(li: Phone) -> None:
    described = li.client.get("/openapi.json").get_json()

    def check(name: str, answer: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        jsonschema.validate(answer, schema)

    check("MeAnswer", li.client.get("/api/v1/me").get_json())
    check("SessionAnswer", li.open().get_json())
    check("AttemptAnswer", li.begin().get_json())
    check("ProgressAnswer", li.send(0, b"far 0").get_json())
    check("Problem", li.send(0, b"another 0").get_json())
    check("ProgressAnswer", li.finish().get_json())
