from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from certification.face.calibrate import calibrate, upper_bound, write_calibration
from certification.face.curves import draw_curves
from certification.face.evaluate import PairResult, decide_pairs, figures_of, files_of, measure_file, write_results
from certification.face.pairs import Pair, pairs_of_folder, read_pairs, write_pairs
from certification.face.types import Advice, Verdict
from refusal import Refusal
from settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.dlib_engine import DlibEngine

NOW = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)


def result(distance: float | None, *, same: bool, sex: str = "") -> PairResult:
    verdict = Verdict.UNUSABLE if distance is None else Verdict.NO_MATCH
    return PairResult(Pair(("a",), ("b",), same, sex), distance, verdict, None)


def results(genuine: list[float], impostors: list[float]) -> list[PairResult]:
    return [result(each, same=True) for each in genuine] + [result(each, same=False) for each in impostors]


def test_all_pairs_of_the_photographs(face_engine: DlibEngine, faces_dir: Path, tmp_path: Path) -> None:
    pairs = pairs_of_folder(faces_dir)
    assert (len(pairs), sum(pair.same for pair in pairs)) == (171, 22)
    measured = {file: measure_file(face_engine, faces_dir / file) for file in files_of(pairs)}
    decided = decide_pairs(face_engine, pairs, measured)
    figures = figures_of(face_engine, decided)
    assert (figures.genuine, figures.impostors, figures.unusable) == (19, 117, 35)
    assert (figures.auc, figures.eer, figures.fmr, figures.review_fnmr) == (1.0, 0.0, 0.0, 0.0)
    assert figures.fnmr is not None
    assert figures.fnmr < 0.2
    draw_curves(tmp_path / "curves.png", decided, face_engine.thresholds)
    with Image.open(tmp_path / "curves.png") as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn.convert("L")).std() > 10


def test_a_file_that_cannot_be_read_makes_its_pairs_unusable(face_engine: DlibEngine, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a photograph")
    (tmp_path / "folder.jpg").mkdir()
    files = ["text.jpg", "folder.jpg", "missing.jpg", "with\x00zero.jpg"]
    measured = {file: measure_file(face_engine, tmp_path / file) for file in files}
    pairs = [Pair((file,), ("text.jpg",), same=True) for file in files]
    decided = decide_pairs(face_engine, pairs, measured)
    assert {each.decision for each in decided} == {Verdict.UNUSABLE}
    assert [each.advice for each in decided] == [Advice.NOT_AN_IMAGE, *[Advice.UNREADABLE] * 3]
    write_results(tmp_path / "results.csv", decided)
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["distance"], row["decision"]) for row in rows] == [("", "unusable")] * 4
    assert figures_of(face_engine, decided).fnmr is None


def test_figures_of_known_distances(face_engine: DlibEngine) -> None:
    """At 0.38: one of four impostors in, one of four genuine out; the ranks give an AUC of 14/16."""
    figures = figures_of(face_engine, results([0.1, 0.2, 0.3, 0.45], [0.35, 0.44, 0.8, 0.9]))
    assert (figures.fmr, figures.fnmr, figures.review_fmr, figures.review_fnmr) == (0.25, 0.25, 0.5, 0.0)
    assert figures.auc == pytest.approx(14 / 16)
    assert figures.eer == pytest.approx(0.25)


def test_several_photographs_on_a_side_are_compared_as_their_mean(face_engine: DlibEngine, faces_dir: Path) -> None:
    sides = (("obama_1.jpg", "obama_2.jpg", "obama_cut_off.jpg"), ("obama_3.jpg", "obama_4.jpg"))
    pair = Pair(*sides, same=True)
    measured = {file: measure_file(face_engine, faces_dir / file) for file in files_of([pair])}
    (mean,) = decide_pairs(face_engine, [pair], measured)
    singles = decide_pairs(
        face_engine, [Pair((one,), (other,), True) for one in sides[0] for other in sides[1]], measured
    )
    assert mean.distance is not None
    assert mean.distance < min(each.distance for each in singles if each.distance is not None)


def test_pairs_are_read_as_they_were_written(tmp_path: Path) -> None:
    pairs = [Pair(("甲1.jpg", "甲2.jpg"), ("乙.jpg",), False, "女", "80-89"), Pair(("甲1.jpg",), ("甲2.jpg",), True)]
    write_pairs(tmp_path / "pairs.csv", pairs)
    assert read_pairs(tmp_path / "pairs.csv") == pairs
    (tmp_path / "gbk.csv").write_bytes("file1,file2,same\r\n甲.jpg,乙.jpg,否\r\n".encode("gbk"))
    assert read_pairs(tmp_path / "gbk.csv") == [Pair(("甲.jpg",), ("乙.jpg",), False)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"file1,same\na,1\n", "pairs_heading_missing"),
        (b"", "pairs_heading_missing"),
        (b"file1,file2,same\n", "pairs_empty"),
        (b"file1,file2,same\na.jpg,b.jpg,perhaps\n", "pairs_row_wrong"),
        (b"file1,file2,same\na.jpg\n", "pairs_row_wrong"),
        (b"file1,file2,same\n\xff\xff\xff,b,1\n", "pairs_unreadable"),
    ],
)
def test_a_wrong_list_of_pairs_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        read_pairs(path)
    assert refused.value.code == code


def test_the_match_distance_stays_below_the_nearest_impostor() -> None:
    genuine = list(np.linspace(0.2, 0.6, 200))
    impostors = [0.45, *np.linspace(0.7, 1.0, 299)]
    chosen = calibrate("engine", results(genuine, impostors), 0.01, now=NOW)
    assert chosen.match == pytest.approx(0.4499)
    assert chosen.false_matches == 0
    assert chosen.fmr_upper == pytest.approx(0.01)
    assert 0.59 < chosen.review <= 0.60
    assert chosen.fnmr == pytest.approx(np.mean(np.array(genuine) > 0.4499))


def test_with_many_impostors_some_may_match_when_the_bound_allows_it() -> None:
    impostors = list(np.linspace(0.30, 1.0, 10_000))
    chosen = calibrate("engine", results([0.2, 0.7], impostors), 0.01, now=NOW)
    assert 0 < chosen.fmr < 0.01
    assert chosen.fmr_upper <= 0.01
    assert upper_bound(chosen.false_matches + 1, 10_000) > 0.01


def test_easy_impostors_do_not_loosen_the_match_distance() -> None:
    chosen = calibrate("engine", results([0.2, 0.3, 0.41], list(np.linspace(0.8, 1.0, 300))), 0.01, now=NOW)
    assert chosen.match == pytest.approx(0.41)
    assert not chosen.sexes_told


@pytest.mark.parametrize(
    ("genuine", "impostors", "fmr", "code"),
    [
        ([0.2], [0.8] * 299, 0.01, "too_few_impostors"),
        ([], [0.8] * 300, 0.01, "too_few_genuine"),
        ([0.2], [0.0] * 300, 0.01, "nothing_matches"),
    ],
)
def test_too_little_to_calibrate_on_is_refused(
    genuine: list[float], impostors: list[float], fmr: float, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        calibrate("engine", results(genuine, impostors), fmr, now=NOW)
    assert refused.value.code == code


def test_bounds_are_the_rule_of_three_and_wilsons() -> None:
    assert upper_bound(0, 300) == pytest.approx(0.01)
    assert upper_bound(5, 100) == pytest.approx(0.0988, abs=0.001)
    assert upper_bound(0, 1) == 1.0


def test_groups_are_counted_apart_and_settings_read_the_file(tmp_path: Path) -> None:
    men = [result(0.30, same=False, sex="男"), *(result(0.8, same=False, sex="男") for _ in range(99))]
    women = [result(0.9, same=False, sex="女") for _ in range(900)]
    chosen = calibrate("engine-1", [result(0.35, same=True, sex="男"), *men, *women], 0.01, now=NOW)
    assert {group.sex: (group.impostors, group.false_matches) for group in chosen.groups} == {
        "女": (900, 0),
        "男": (100, 1),
    }
    write_calibration(tmp_path / "thresholds.json", chosen)
    document = json.loads((tmp_path / "thresholds.json").read_text())
    assert {"engine_id", "match", "review", "chosen_for_fmr", "pairs", "groups", "calibrated_at"} <= set(document)
    settings = Settings.read({"DATA_DIR": str(tmp_path), "FACE_THRESHOLDS_PATH": str(tmp_path / "thresholds.json")})
    choice = settings.face_choice()
    assert (choice.match, choice.review, choice.calibrated_for) == (chosen.match, chosen.review, "engine-1")
