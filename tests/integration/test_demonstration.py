from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from app import create_app
from commands.demo_people import RUN, invent_people, invent_places
from models import Certification, FaceTemplate, Region, Retiree, Staff
from policy import identity_number
from settings import Settings
from tests.conftest import DATA_KEY
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Connection

    from models.session import Transactions
    from tests.fakes.clock import StandingClock


@pytest.fixture
def demo_app(settings: Settings, connection: Connection, clock: StandingClock) -> Flask:
    return create_app(settings, clock=clock, database=connection, face_workers=ScriptedFaces())


def _load(app: Flask, *arguments: str) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["demo", "load", "--json", *arguments])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    return report


def test_it_works(demo_app: Flask, transactions: Transactions) -> None:
    report = _load(demo_app, "--retirees", "30")
    logins = ["city", "district", "agency", "subdistrict", "community", "community2", "auditor"]
    expected = {"people": 31, "with_photo": 1, "added": 31, "updated": 0, "unchanged": 0, "assumed": 0}
    assert report == {**expected, "tickets": report["tickets"], "logins": logins}
    with transactions() as session:
        people = session.scalars(select(Retiree)).all()
        levels = {code: level.value for code, level in session.execute(select(Region.code, Region.level))}
        astronaut = session.scalars(select(Retiree).join(FaceTemplate, FaceTemplate.retiree_id == Retiree.id)).one()
    assert all(person.is_demonstration for person in people)
    assert all(levels[person.community_code or ""] == "community" for person in people)
    assert "astronaut" in (astronaut.address or "")


def test_again_changes_nothing_and_more_moves_nobody(demo_app: Flask) -> None:
    _load(demo_app, "--retirees", "30")
    assert _load(demo_app, "--retirees", "30")["unchanged"] == 31
    report = _load(demo_app, "--retirees", "50")
    assert (report["added"], report["updated"], report["unchanged"]) == (20, 0, 31)


def test_only_into_an_empty_database_when_told_so(demo_app: Flask, transactions: Transactions) -> None:
    _load(demo_app, "--retirees", "1", "--if-empty")
    assert _load(demo_app, "--retirees", "9", "--if-empty")["added"] == 0
    with transactions() as session:
        assert session.scalar(select(func.count(Retiree.id))) == 2
        sitter = session.scalars(select(Retiree).join(FaceTemplate, FaceTemplate.retiree_id == Retiree.id)).one()
        # whoever has a face to show is left to be certified by the visitor
        assert session.scalar(select(func.count(Certification.id)).where(Certification.retiree_id == sitter.id)) == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_production_refuses_invented_people(tmp_path: Path, connection: Connection, transactions: Transactions) -> None:
    settings = Settings.read(
        {
            "ENVIRONMENT": "production",
            "PUBLIC_BASE_URL": "https://pension.example.cn",
            "DATA_DIR": str(tmp_path),
            "DATA_KEY": DATA_KEY,
            "SECRET_KEY": "for tests alone, of no use elsewhere",
        }
    )
    app = create_app(settings, database=connection, face_workers=ScriptedFaces())
    done = app.test_cli_runner().invoke(args=["demo", "load", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "not_in_production"
    with transactions() as session:
        assert session.scalar(select(func.count(Retiree.id))) == 0
    report = _load(app, "--retirees", "20", "--yes", "--cases", "20")
    assert report["added"] >= 21
    assert (report["logins"], report["tickets"]) == ([], 0)
    with transactions() as session:
        assert session.scalar(select(func.count(Staff.id))) == 0
    shown = app.test_cli_runner().invoke(args=["demo", "code", "--json"])
    assert json.loads(shown.stdout)["error"]["code"] == "demo_logins_in_production"


def test_no_number_is_invented_twice() -> None:
    numbers = [person.identity.text for person in invent_people(20_000, seed=3)]
    assert len(set(numbers)) == len(numbers)
    assert all(number[17] == identity_number.check_digit(number[:17]) for number in numbers)


def test_a_seed_always_invents_the_same_people() -> None:
    def first_ten(seed: int) -> list[tuple[str, str]]:
        return [(person.identity.text, person.name) for person in islice(invent_people(100, seed), 10)]

    assert first_ten(1) == first_ten(1) != first_ten(2)


def test_several_processes_invent_the_same_people_as_one() -> None:
    whole = list(invent_people(3 * RUN, seed=5))
    assert list(invent_people(RUN, 5, first=2 * RUN)) == whole[2 * RUN :]


def test_people_of_a_community_live_near_each_other() -> None:
    person = next(invent_people(1, seed=1))
    homes = [one for one in invent_people(2000, seed=1) if one.community_code == person.community_code]
    assert len(homes) > 10
    assert all(one.group_name and one.address and one.position for one in homes)
    south, north = (pick(float(str(one.position).split(",")[0]) for one in homes) for pick in (min, max))
    west, east = (pick(float(str(one.position).split(",")[1]) for one in homes) for pick in (min, max))
    assert 0 < north - south < 0.01  # degrees: about a kilometre
    assert 0 < east - west < 0.01
    assert 28 < south < 28.5
    assert 112.7 < west < 113.2


@pytest.mark.parametrize("count", [0, 1, 2600 * 36, 2600 * 36 + 1])
def test_everybody_lives_in_a_place_that_was_invented_too(count: int) -> None:
    codes = {region.code for region in invent_places(count)}
    assert len(codes) % 36 == 0
    last = list(invent_people(count, seed=1))[-200:]
    assert all(person.community_code in codes for person in last)
