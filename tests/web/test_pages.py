"""The entrance, the development login, and what every page must keep to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app import create_app
from certification.references import add_reference
from models import Account
from models.account import AccountKind
from models.audit import Actor, ActorKind
from settings import Settings
from tests.conftest import DATA_KEY, ROOT
from tests.factories.retirees import make_retiree
from words import PAGE

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask.testing import FlaskClient
    from sqlalchemy import Connection

    from models import Retiree
    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory
    from tests.fakes.faces import ScriptedFaces

PATHS = ("/", "/h5/certify", "/verify", "/verify/2025-ABCD-EFGH-JKMN", "/h5/receipts/2025-ABCD-EFGH-JKMN", "/nowhere")
SCRIPTS = sorted((ROOT / "api" / "static" / "js").glob("*.js"))


@pytest.fixture
def invented(
    transactions: Transactions,
    cast: Cast,
    faces: ScriptedFaces,
    vault: Vault,
    store: EvidenceInMemory,
    now: datetime,
) -> Retiree:
    """Somebody of the demonstration, with a photograph; the cast are real people here."""
    photo = b"an invented photograph"
    with transactions() as session:
        retiree = make_retiree(session, name="吴知远", is_demonstration=True)
        for person in (retiree, session.merge(cast.grandma_li)):
            add_reference(
                session,
                person,
                photo,
                faces.measure_photo(photo),
                store=store,
                vault=vault,
                actor=Actor(ActorKind.COMMAND, "test"),
                now=now,
            )
    return retiree


@pytest.fixture
def in_production(tmp_path: Path, connection: Connection, clock: StandingClock, faces: ScriptedFaces) -> FlaskClient:
    settings = Settings.read(
        {
            "DATA_DIR": str(tmp_path / "production"),
            "DATA_KEY": DATA_KEY,
            "SECRET_KEY": "for tests alone, of no use elsewhere",
            "ENVIRONMENT": "production",
            "PUBLIC_BASE_URL": "https://pension.example.cn",
        }
    )
    return create_app(settings, clock=clock, database=connection, face_workers=faces).test_client()


def log_in(client: FlaskClient, retiree: Retiree, relation: str = "self") -> tuple[int, str]:
    answer = client.post("/h5/login", data={"retiree_id": str(retiree.id), "relation": relation})
    return answer.status_code, answer.headers.get("Location", "")


def test_a_newcomer_is_shown_invented_people_and_nobody_else(
    client: FlaskClient, cast: Cast, invented: Retiree
) -> None:
    page = client.get("/").get_data(as_text=True)
    assert invented.name in page
    assert str(invented.id) in page
    assert cast.grandma_li.name not in page


@pytest.mark.parametrize("relation", ["self", "direct_relative"])
def test_the_login_leads_to_the_certification(client: FlaskClient, invented: Retiree, relation: str) -> None:
    assert log_in(client, invented, relation) == (303, "/h5/certify")
    me = client.get("/api/v1/me").get_json()
    assert [(one["id"], one["relation"]) for one in me["retirees"]] == [(str(invented.id), relation)]
    assert me["retirees"][0]["masked_name"] == "吴*远"


def test_whoever_opens_the_login_chooses_somebody(client: FlaskClient) -> None:
    answer = client.get("/h5/login")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.usefixtures("invented")
def test_nobody_plays_a_real_person(client: FlaskClient, cast: Cast, transactions: Transactions) -> None:
    assert log_in(client, cast.grandma_li)[0] == 404
    assert client.get("/api/v1/me").status_code == 401
    with transactions() as session:
        kinds = [account.kind for account in session.query(Account) if account.id != cast.grandma_li_account.id]
    assert kinds.count(AccountKind.DEVELOPMENT) == 3, "the other accounts of the cast, and no new one"


@pytest.mark.parametrize(
    "form", [{}, {"retiree_id": "1"}, {"retiree_id": "x", "relation": "self"}, {"relation": "self"}]
)
def test_a_login_without_sense_is_told_so(client: FlaskClient, form: dict[str, str]) -> None:
    answer = client.post("/h5/login", data=form)
    assert answer.status_code == 422
    assert "请检查" in answer.get_data(as_text=True)


def test_production_has_no_login_and_names_nobody(in_production: FlaskClient, invented: Retiree) -> None:
    assert log_in(in_production, invented)[0] == 404
    assert in_production.get("/h5/login").status_code == 404
    assert in_production.get("/simulator").status_code == 404
    assert in_production.get("/h5/login").headers["Strict-Transport-Security"]
    page = in_production.get("/").get_data(as_text=True)
    assert invented.name not in page
    assert "login" not in page
    assert "社区" in page


@pytest.mark.parametrize("path", PATHS)
def test_a_page_keeps_to_its_policy(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    assert '<html lang="zh-CN">' in page
    assert "user-scalable" not in page, "people enlarge what they cannot read"
    assert "maximum-scale" not in page
    scripts = re.findall(r"<script\b([^>]*)>", page)
    assert [one for one in scripts if "src=" not in one and "application/json" not in one] == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_all_it_loads(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    loaded = set(re.findall(r'(?:src|href|data-voice)="(/static/[^"]+)"', page))
    assert loaded
    for one in loaded:
        with client.get(one) as answer:
            assert answer.status_code == 200, one


def test_consent_says_how_long_pictures_are_kept(client: FlaskClient, settings: Settings) -> None:
    page = client.get("/h5/certify").get_data(as_text=True)
    consent = page.split('data-screen="consent"')[1].split("</section>")[0]
    assert f"{settings.passed_frames_days} 天" in consent
    assert f"{settings.refused_frames_days} 天" in consent
    assert "社区" in consent, "there is a way without the face"


def test_every_button_leads_to_a_screen(client: FlaskClient) -> None:
    page = client.get("/h5/certify").get_data(as_text=True)
    screens = set(re.findall(r'data-screen="([^"]+)"', page))
    written = page + "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    led_to = set(re.findall(r'data-go="([^"]+)"', page)) | set(re.findall(r"\bshow\('([^']+)'", written))
    assert led_to - screens == {"back"}


def test_scripts_and_words_agree() -> None:
    # in speech.js, words are what is spoken
    written = "".join(script.read_text(encoding="utf-8") for script in SCRIPTS if script.name != "speech.js")
    used = set(re.findall(r"\bwords\.([a-z_]+)", written))
    assert used == set(PAGE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_holds_no_sentence(script: Path) -> None:
    code = script.read_text(encoding="utf-8")
    assert re.findall("[\u4e00-\u9fff]+", code) == [], "sentences stand in words.py and in templates"
    for wanted in re.findall(r"from '\./([^']+)'", code):
        assert (script.parent / wanted).is_file()
