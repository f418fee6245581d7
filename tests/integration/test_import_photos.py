from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter
from sqlalchemy import func, select

from app import create_app
from certification.face.types import EngineChoice
from certification.face.workers import FaceWorkers
from models import EvidenceImage, FaceTemplate
from tests.cast import DISTRICT
from tests.factories.retirees import make_id_number
from words import ADVICE, ROSTER, ROSTER_REASON_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Connection

    from models.session import Transactions
    from settings import Settings
    from tests.fakes.clock import StandingClock

# The first test waits for a worker process to start and to prepare its model.
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

NUMBERS = [make_id_number(serial=serial) for serial in range(301, 306)]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceWorkers]:
    workers = FaceWorkers(EngineChoice(cache_dir=str(tmp_path_factory.mktemp("models"))), workers=1)
    yield workers
    workers.close()


@pytest.fixture
def photo_app(settings: Settings, connection: Connection, clock: StandingClock, faces: FaceWorkers) -> Flask:
    return create_app(settings, clock=clock, database=connection, face_workers=faces)


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.open(io.BytesIO((files("skimage.data") / "astronaut.png").read_bytes())).convert("RGB")


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    lines = ["name,id_number,agency_code", *(f"王一,{number},{DISTRICT}" for number in NUMBERS)]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def photos(tmp_path: Path, astronaut: Image.Image) -> Path:
    """A good one, one in the dark, one out of focus, one that is no picture, one of nobody we know."""
    folder = tmp_path / "photos"
    folder.mkdir()
    astronaut.save(folder / f"{NUMBERS[0].lower()}.PNG")
    ImageEnhance.Brightness(astronaut).enhance(0.1).save(folder / f"{NUMBERS[1]}.jpg")
    astronaut.filter(ImageFilter.GaussianBlur(2.5)).save(folder / f"{NUMBERS[2]}.jpeg")
    (folder / f"{NUMBERS[3]}.jpg").write_bytes(b"not a picture")
    astronaut.save(folder / f"{make_id_number(serial=999)}.jpg")
    (folder / "notes.txt").write_text("left alone")
    return folder


def _import(app: Flask, roster: Path, photos: Path) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["people", "import", str(roster), "--photos", str(photos), "--json"])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_photograph_that_cannot_serve_is_reported_at_import(
    photo_app: Flask, transactions: Transactions, roster: Path, photos: Path
) -> None:
    report = _import(photo_app, roster, photos)
    assert (report["added"], report["rejected"]) == (5, 0)
    assert report["photos"] == {"found": 5, "added": 1, "unchanged": 0, "rejected": 4}
    with (roster.parent / "roster.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        reasons = {row["id_number"]: row[ROSTER_REASON_COLUMN] for row in csv.DictReader(file)}
    unusable = ROSTER["photo_unusable"]
    assert reasons == {
        NUMBERS[1]: unusable.format(advice=ADVICE["too_dark"]),
        NUMBERS[2]: unusable.format(advice=ADVICE["blurred"]),
        NUMBERS[3]: unusable.format(advice=ADVICE["not_an_image"]),
        make_id_number(serial=999): ROSTER["photo_nobody"],
    }
    with transactions() as session:
        assert session.scalar(select(func.count(FaceTemplate.id))) == 1


def test_the_same_photographs_again_change_nothing(
    photo_app: Flask, transactions: Transactions, roster: Path, photos: Path
) -> None:
    _import(photo_app, roster, photos)
    report = _import(photo_app, roster, photos)
    assert report["photos"] == {"found": 5, "added": 0, "unchanged": 1, "rejected": 4}
    with transactions() as session:
        assert session.scalar(select(func.count(EvidenceImage.id))) == 1


def test_many_photographs_are_all_measured(
    photo_app: Flask, transactions: Transactions, roster: Path, tmp_path: Path, photos: Path
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in NUMBERS:
        shutil.copy(photos / f"{NUMBERS[0].lower()}.PNG", many / f"{number}.png")
    assert _import(photo_app, roster, many)["photos"]["added"] == 5
    with transactions() as session:
        assert session.scalar(select(func.count(func.distinct(FaceTemplate.retiree_id)))) == 5
