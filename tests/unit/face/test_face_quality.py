from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from certification.face.decode import decode_photo
from certification.face.photo import measure_photo
from certification.face.quality import advice_for, sharpness
from certification.face.types import Advice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from certification.face.dlib_engine import DlibEngine
    from certification.face.types import Pixels

GOOD = ["biden_2", "collins_1", "hill_1", "lacamoire_1", "miranda_1", "obama_1", "obama_4", "ocasio_cortez_2"]


def photo(faces_dir: Path, name: str) -> Pixels:
    return decode_photo((faces_dir / f"{name}.jpg").read_bytes())


def darkened(rgb: Pixels) -> Pixels:
    noise = np.random.default_rng(3).normal(0, 6, rgb.shape)
    return np.asarray((rgb * 0.12 + noise).clip(0, 255), dtype=np.uint8)


def brightened(rgb: Pixels) -> Pixels:
    return np.asarray((rgb.astype(np.float32) * 3 + 60).clip(0, 255), dtype=np.uint8)


def blurred(rgb: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(rgb.shape[1] / 80)))


def far(rgb: Pixels) -> Pixels:
    small = Image.fromarray(rgb).resize((rgb.shape[1] * 90 // 213, rgb.shape[0] * 90 // 213))
    return np.asarray(small)


def shifted_out(rgb: Pixels) -> Pixels:
    return np.ascontiguousarray(rgb[:, 365:])


@pytest.mark.parametrize("name", GOOD)
def test_good_photographs_pass(face_engine: DlibEngine, faces_dir: Path, name: str) -> None:
    rgb = photo(faces_dir, name)
    assert advice_for(rgb, face_engine.find(rgb)) is None


@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (darkened, Advice.TOO_DARK),
        (brightened, Advice.TOO_BRIGHT),
        (blurred, Advice.BLURRED),
        (far, Advice.TOO_FAR),
        (shifted_out, Advice.CUT_OFF),
    ],
)
def test_a_spoilt_photograph_is_refused_for_what_was_done_to_it(
    face_engine: DlibEngine, faces_dir: Path, spoil: Callable[[Pixels], Pixels], advice: Advice
) -> None:
    rgb = photo(faces_dir, "obama_1")
    faces = face_engine.find(rgb)
    spoilt = spoil(rgb)
    # what only changes values leaves the face where it was; the detector may not find it in the dark
    found = face_engine.find(spoilt) if spoilt.shape != rgb.shape else faces
    assert advice_for(spoilt, found) is advice


@pytest.mark.parametrize(
    ("name", "advice"),
    [("obama_biden_two_faces", Advice.SEVERAL_FACES), ("obama_cut_off", Advice.CUT_OFF)],
)
def test_two_people_and_a_cut_off_face_are_told(
    face_engine: DlibEngine, faces_dir: Path, name: str, advice: Advice
) -> None:
    report = measure_photo(face_engine, (faces_dir / f"{name}.jpg").read_bytes())
    assert report.advice is advice
    assert report.descriptor is None


def test_a_landscape_shows_no_face(face_engine: DlibEngine) -> None:
    out = io.BytesIO()
    Image.fromarray(np.tile(np.linspace(0, 255, 900, dtype=np.uint8)[None, :, None], (700, 1, 3))).save(out, "PNG")
    assert measure_photo(face_engine, out.getvalue()).advice is Advice.NO_FACE


def test_the_gates_cost_little(face_engine: DlibEngine, portrait: Pixels) -> None:
    faces = face_engine.find(portrait)
    started = time.process_time()
    for _ in range(20):
        advice_for(portrait, faces)
    assert (time.process_time() - started) / 20 < 0.004


def test_blur_lowers_sharpness(face_engine: DlibEngine, portrait: Pixels) -> None:
    face = face_engine.find(portrait)[0]
    assert sharpness(blurred(portrait), face) < sharpness(portrait, face) / 2
