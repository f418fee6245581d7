from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from app import create_app
from certification.references import add_reference
from models import AuditEntry
from models.audit import Actor, ActorKind
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from click.testing import Result
    from flask import Flask
    from sqlalchemy import Connection

    from models import Retiree
    from models.session import Transactions
    from models.vault import Vault
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory


@pytest.fixture
def faces() -> ScriptedFaces:
    return ScriptedFaces()


@pytest.fixture
def app(settings: Settings, connection: Connection, clock: StandingClock, faces: ScriptedFaces) -> Flask:
    return create_app(settings, clock=clock, database=connection, face_workers=faces)


@pytest.fixture
def li(
    cast: Cast,
    transactions: Transactions,
    faces: ScriptedFaces,
    vault: Vault,
    store: EvidenceInMemory,
    now: datetime,
) -> Retiree:
    """Grandma Li, with a reference photograph."""
    actor = Actor(ActorKind.COMMAND, "test")
    with transactions() as session:
        retiree = session.merge(cast.grandma_li)
        report = faces.measure_photo(b"photo")
        add_reference(session, retiree, b"photo", report, store=store, vault=vault, actor=actor, now=now)
    return cast.grandma_li


def certify(app: Flask, tmp_path: Path, content: bytes, id_number: str) -> tuple[Result, dict[str, Any]]:
    video = tmp_path / "video.mp4"
    video.write_bytes(content)
    arguments = ["certify", str(video), "--id-number", id_number, "--json"]
    done = app.test_cli_runner().invoke(args=arguments)
    return done, json.loads(done.stdout)


def test_it_works(app: Flask, li: Retiree, tmp_path: Path, transactions: Transactions) -> None:
    done, answer = certify(app, tmp_path, b"seen everything", li.id_number)
    assert done.exit_code == 0
    assert (answer["outcome"], answer["valid_until"]) == ("certified", "2025-12-31")
    assert answer["receipt"].startswith("2025-")
    assert answer["reasons"] == ["face_matches"]
    with transactions() as session:
        actors = set(session.scalars(select(AuditEntry.actor_kind).where(AuditEntry.action == "certify")))
    assert actors == {ActorKind.COMMAND}


def test_a_second_time_is_refused(app: Flask, li: Retiree, tmp_path: Path) -> None:
    certify(app, tmp_path, b"seen everything", li.id_number)
    done, answer = certify(app, tmp_path, b"seen everything", li.id_number)
    assert (done.exit_code, answer["error"]["code"]) == (1, "already_certified")


def test_the_same_clip_may_be_tried_again(app: Flask, li: Retiree, tmp_path: Path) -> None:
    for _ in range(4):
        done, answer = certify(app, tmp_path, b"nothing seen", li.id_number)
        assert (done.exit_code, answer["outcome"], answer["receipt"]) == (0, "retry", None)


@pytest.mark.parametrize(
    ("content", "code"), [(b"garbage", "not_an_image"), (b"", None)], ids=["no video", "an empty file"]
)
def test_a_file_that_cannot_serve_is_refused(
    app: Flask, li: Retiree, tmp_path: Path, content: bytes, code: str | None
) -> None:
    done, answer = certify(app, tmp_path, content, li.id_number)
    if code:
        assert (done.exit_code, answer["error"]["code"]) == (1, code)
    else:
        assert answer["outcome"] != "certified"


def test_an_unknown_number_is_refused(app: Flask, li: Retiree, tmp_path: Path) -> None:
    assert li.id_number != "43010219500101001X"
    done, answer = certify(app, tmp_path, b"seen everything", "43010219500101001X")
    assert (done.exit_code, answer["error"]["code"], answer["error"]["field"]) == (1, "unknown_retiree", "id_number")
