"""The optional model: one of the ids it was given, or nothing."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from bot.chooser import RemoteChooser
from policy.records import read_knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator


class Model(ThreadingHTTPServer):
    """Says the same to everybody, and remembers what it was asked."""

    says = ""
    asked = ""


class Handler(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        self.server.asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.dumps({"choices": [{"message": {"content": self.server.says}}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def model() -> Iterator[Model]:
    with Model(("127.0.0.1", 0), Handler) as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def choose(model: Model, says: str) -> str | None:
    model.says = says
    topics = read_knowledge().topics
    chooser = RemoteChooser(f"http://127.0.0.1:{model.server_port}/v1/chat/completions", "test")
    return chooser.choose("电话13900000011停了钱怎么办", [topics["pension_stopped"], topics["certify_missed"]])


def test_it_works(model: Model) -> None:
    assert choose(model, " pension_stopped\n") == "pension_stopped"
    assert "13900000011" not in model.asked


@pytest.mark.parametrize("says", ["none", "home_visit", "pension_stopped, of course", "", "您的养老金是三千元"])
def test_anything_but_a_given_id_counts_for_nothing(model: Model, says: str) -> None:
    assert choose(model, says) is None


def test_a_model_that_is_not_there_counts_for_nothing() -> None:
    topics = read_knowledge().topics
    assert RemoteChooser("http://127.0.0.1:9/", "test").choose("停了", [topics["pension_stopped"]]) is None
