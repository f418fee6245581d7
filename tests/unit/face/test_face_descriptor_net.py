from __future__ import annotations

from typing import TYPE_CHECKING

import dlib
import numpy as np
import pytest

from certification.face.decode import decode_photo
from certification.face.descriptor_net import CHIP_SIZE, DescriptorNet
from certification.face.dlib_engine import CHIP_PADDING, DESCRIPTOR_MODEL
from certification.face.dlib_weights import Convolution, NotThisNetwork, Scaling, read_network
from certification.face.finder import face_chip
from certification.face.model_files import digest_of, packaged_model
from certification.face.types import EngineUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.dlib_engine import DlibEngine
    from certification.face.types import Pixels

AGREEMENT = 1e-3


@pytest.fixture(scope="module")
def net(models_cache: Path) -> DescriptorNet:
    dat = packaged_model(DESCRIPTOR_MODEL)
    return DescriptorNet(dat, digest_of(dat), models_cache)


def test_descriptors_agree_with_dlibs_own_on_every_face(
    net: DescriptorNet, face_engine: DlibEngine, faces_dir: Path, portrait: Pixels
) -> None:
    own = dlib.face_recognition_model_v1(str(packaged_model(DESCRIPTOR_MODEL)))
    pictures = [portrait, *(decode_photo(path.read_bytes()) for path in sorted(faces_dir.glob("*.jpg")))]
    chips = [face_chip(rgb, face, CHIP_SIZE, CHIP_PADDING) for rgb in pictures for face in face_engine.find(rgb)]
    assert len(chips) == 23
    for chip in chips:
        assert np.abs(net.describe(chip) - np.array(own.compute_face_descriptor(chip))).max() <= AGREEMENT


def test_the_network_is_the_one_with_29_convolutions() -> None:
    mean, layers = read_network(packaged_model(DESCRIPTOR_MODEL).read_bytes())
    assert mean == pytest.approx([122.782, 117.001, 104.298])
    assert sum(isinstance(layer, Convolution) for layer in layers) == 29
    assert sum(isinstance(layer, Scaling) for layer in layers) == 29


def test_the_exported_file_is_kept_and_made_again_when_spoilt(tmp_path: Path, portrait: Pixels) -> None:
    dat = packaged_model(DESCRIPTOR_MODEL)
    chip = np.ascontiguousarray(portrait[:CHIP_SIZE, :CHIP_SIZE])
    first = DescriptorNet(dat, digest_of(dat), tmp_path).describe(chip)
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    assert np.array_equal(DescriptorNet(dat, digest_of(dat), tmp_path).describe(chip), first)
    assert kept.stat().st_mtime_ns == written
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(DescriptorNet(dat, digest_of(dat), tmp_path).describe(chip), first)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_another_file_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(NotThisNetwork):
        read_network(b"\x01\x01 something else")
    whole = packaged_model(DESCRIPTOR_MODEL).read_bytes()
    cut = tmp_path / "cut.dat"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineUnavailable):
        DescriptorNet(cut, digest_of(cut), tmp_path)
