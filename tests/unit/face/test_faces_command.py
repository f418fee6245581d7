from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from app import create_app
from commands.faces import faces
from settings import Settings
from words import ADVICE

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from flask import Flask

    from certification.face.types import Pixels


@pytest.fixture
def application(tmp_path: Path, models_cache: Path) -> Flask:
    data = tmp_path / "var"
    data.mkdir()
    (data / "models").symlink_to(models_cache)
    return create_app(Settings.read({"DATA_DIR": str(data), "DEMO_FACES_DIR": str(tmp_path)}))


@pytest.fixture
def portrait_file(tmp_path: Path, portrait: Pixels) -> Path:
    path = tmp_path / "portrait.png"
    Image.fromarray(portrait).save(path)
    return path


def run(application: Flask, *arguments: str | Path) -> Result:
    return application.test_cli_runner().invoke(faces, [str(argument) for argument in arguments])


def answer(result: Result, exit_code: int = 0) -> dict[str, Any]:
    assert result.exit_code == exit_code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_comparing_a_photograph_with_itself(application: Flask, portrait_file: Path) -> None:
    said = answer(run(application, "compare", portrait_file, portrait_file, "--json"))
    assert said["decision"] == "match"
    assert said["distance"] == pytest.approx(0.0, abs=1e-6)
    assert said["thresholds"] == {"match": 0.38, "review": 0.50}
    assert said["advice"] is None
    assert said["elapsed_ms"] > 0


def test_an_unusable_photograph_is_an_answer(application: Flask, portrait_file: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("no photograph")
    said = answer(run(application, "compare", portrait_file, tmp_path / "letter.jpg", "--json"))
    assert (said["decision"], said["distance"], said["advice"]) == ("unusable", None, ADVICE["not_an_image"])


def test_different_people_do_not_match(application: Flask, faces_dir: Path) -> None:
    said = answer(run(application, "compare", faces_dir / "obama_1.jpg", faces_dir / "biden_2.jpg", "--json"))
    assert said["decision"] == "no_match"
    assert said["distance"] > 0.6


def test_a_missing_file_is_refused_and_wrong_usage_is_told_apart(application: Flask, portrait_file: Path) -> None:
    error = answer(run(application, "compare", portrait_file, "nowhere.jpg", "--json"), 1)["error"]
    assert (error["code"], error["field"]) == ("file_not_found", "probe")
    assert error["message"]
    assert run(application, "compare", portrait_file).exit_code == 2
    assert run(application, "liveness", portrait_file, "--actions", "wave").exit_code == 2


def test_evaluation_writes_a_row_for_each_pair(application: Flask, portrait_file: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        f"file1,file2,same\n{portrait_file.name},{portrait_file.name},1\n{portrait_file.name},gone.jpg,0\n"
    )
    out = tmp_path / "results.csv"
    said = answer(run(application, "evaluate", pairs, "--root", tmp_path, "--out", out, "--json"))
    assert (said["pairs"], said["genuine"], said["unusable"], said["fnmr"], said["fmr"]) == (2, 1, 1, 0.0, None)
    with out.open(newline="") as file:
        assert [row["decision"] for row in csv.DictReader(file)] == ["match", "unusable"]
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


def test_results_that_cannot_be_written_are_refused(application: Flask, portrait_file: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"file1,file2,same\n{portrait_file.name},{portrait_file.name},1\n")
    out = tmp_path / "no folder" / "results.csv"
    error = answer(run(application, "evaluate", pairs, "--root", tmp_path, "--out", out, "--json"), 1)["error"]
    assert error["code"] == "file_not_written"


def test_calibration_refuses_too_few_pairs(application: Flask, portrait_file: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"file1,file2,same\n{portrait_file.name},{portrait_file.name},0\n")
    out = tmp_path / "thresholds.json"
    arguments = ("calibrate", pairs, "--root", tmp_path, "--fmr", "0.001", "--out", out, "--json")
    error = answer(run(application, *arguments), 1)["error"]
    assert error["code"] == "too_few_impostors"
    assert "3000" in error["message"]
    assert not out.exists()


def test_calibration_writes_thresholds(application: Flask, faces_dir: Path, tmp_path: Path) -> None:
    made = answer(run(application, "pairs", faces_dir, "--out", tmp_path / "pairs.csv", "--json"))
    assert (made["pairs"], made["genuine"]) == (171, 22)
    out = tmp_path / "thresholds.json"
    arguments = ("calibrate", tmp_path / "pairs.csv", "--root", faces_dir, "--fmr", "0.03", "--out", out, "--json")
    said = answer(run(application, *arguments))
    assert said["match"] == json.loads(out.read_text())["match"]
    assert 0.38 < said["match"] < 0.45
    assert said["pairs"]["impostors"] == 117


def test_an_engine_that_does_not_start_is_a_refusal(tmp_path: Path, portrait_file: Path) -> None:
    pointer = tmp_path / "model.onnx"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    settings = Settings.read(
        {
            "DATA_DIR": str(tmp_path / "var"),
            "FACE_ENGINE": "onnx",
            "FACE_MODEL_PATH": str(pointer),
            "FACE_MATCH_DISTANCE": "0.3",
            "FACE_REVIEW_DISTANCE": "0.4",
        }
    )
    error = answer(run(create_app(settings), "compare", portrait_file, portrait_file, "--json"), 1)["error"]
    assert error["code"] == "engine_unavailable"
    assert "Git LFS" in error["message"]
