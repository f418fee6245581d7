"""The application with scripted faces, and people who are logged in."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app import create_app
from certification.consents import BIOMETRIC_VERSION
from certification.references import add_reference
from models.audit import Actor, ActorKind
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Connection
    from werkzeug.test import TestResponse

    from models import Account, Retiree
    from models.session import Transactions
    from models.vault import Vault
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory

PAGE = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def faces() -> ScriptedFaces:
    return ScriptedFaces()


@pytest.fixture
def app(settings: Settings, connection: Connection, clock: StandingClock, faces: ScriptedFaces) -> Flask:
    chance = Random(7)
    made = create_app(
        settings,
        clock=clock,
        database=connection,
        face_workers=faces,
        challenge_random=chance,
    )
    made.config["TESTING"] = True
    return made


@dataclass
class Phone:
    """A phone on which one account is logged in, and the session and attempt it is at."""

    client: FlaskClient
    retiree: Retiree
    session_id: str = ""
    attempt_id: str = ""
    nonce: str = ""
    steps: int = 0

    def post(self, path: str, body: dict[str, Any]) -> TestResponse:
        return self.client.post(f"/api/v1{path}", json=body, headers=PAGE)

    def open(self) -> TestResponse:
        answer = self.post("/certification-sessions", {"retiree_id": str(self.retiree.id)})
        if answer.status_code == 201:
            self.session_id = answer.get_json()["id"]
        return answer

    def begin(self, way: str = "stream") -> TestResponse:
        answer = self.post(f"/certification-sessions/{self.session_id}/attempts", {"way": way})
        if answer.status_code == 201:
            begun = answer.get_json()
            self.attempt_id, self.nonce, self.steps = begun["id"], begun["nonce"], begun["steps"]
        return answer

    def send(self, number: int, content: bytes, *, nonce: str | None = None) -> TestResponse:
        headers = PAGE | {"Attempt-Nonce": nonce or self.nonce, "Frame-Number": str(number)}
        return self.client.post(
            f"/api/v1/attempts/{self.attempt_id}/frames", data=content, headers=headers, content_type="image/jpeg"
        )

    def send_video(self, content: bytes) -> TestResponse:
        headers = PAGE | {"Attempt-Nonce": self.nonce}
        return self.client.post(
            f"/api/v1/attempts/{self.attempt_id}/video", data=content, headers=headers, content_type="video/mp4"
        )

    def finish(self, note: str = "") -> TestResponse:
        """Show every action asked for, a frame each; `note` makes the frames differ from other attempts'."""
        answer = self.send(0, f"seen {self.attempt_id} 0 {note}".encode())
        for number in range(1, self.steps):
            answer = self.send(number, f"seen {self.attempt_id} {number} {note}".encode())
        return answer

    def progress(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(f"/api/v1/attempts/{self.attempt_id}").get_json()
        return answer


def log_in(app: Flask, account: Account, retiree: Retiree) -> Phone:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account_id"] = str(account.id)
    return Phone(client, retiree)


@pytest.fixture
def li(
    app: Flask,
    cast: Cast,
    transactions: Transactions,
    faces: ScriptedFaces,
    vault: Vault,
    store: EvidenceInMemory,
    now: datetime,
) -> Phone:
    """Grandma Li's phone: she is logged in, has a reference photograph and has consented."""
    photo = b"an invented photograph"
    with transactions() as session:
        add_reference(
            session,
            session.merge(cast.grandma_li),
            photo,
            faces.measure_photo(photo),
            store=store,
            vault=vault,
            actor=Actor(ActorKind.COMMAND, "test"),
            now=now,
        )
    phone = log_in(app, cast.grandma_li_account, cast.grandma_li)
    answer = phone.client.put(
        f"/api/v1/retirees/{cast.grandma_li.id}/consent", json={"version": BIOMETRIC_VERSION}, headers=PAGE
    )
    assert answer.status_code == 204
    return phone
