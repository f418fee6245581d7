"""Engines fail closed, and are never mixed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from certification.face import finder, model_files
from certification.face.descriptor_net import export
from certification.face.dlib_engine import DESCRIPTOR_MODEL
from certification.face.engines import build_engine
from certification.face.model_files import packaged_model
from certification.face.onnx_engine import aligned_on_five_points, five_points_of
from certification.face.types import EngineChoice, EngineUnavailable, Metric, Thresholds

if TYPE_CHECKING:
    from pathlib import Path

    from certification.face.dlib_engine import DlibEngine
    from certification.face.types import Pixels

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 22466066\n"


def tiny_model(path: Path, *, side: int = 112, channels: int = 3, scaling: bool = False) -> Path:
    """A network that answers with a few pixels of its input, written as an operator's model file would be."""
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    constants = [
        onnx.numpy_helper.from_array(np.array([1, -1], dtype=np.int64), "flat"),
        onnx.numpy_helper.from_array(np.array([7, 900, 5000, 9000], dtype=np.int64), "places"),
        onnx.numpy_helper.from_array(np.array(2, dtype=np.float32), "two"),
    ]
    nodes = [helper.make_node("Reshape", ["data", "flat"], ["row"])]
    source = "row"
    if scaling:
        nodes += [helper.make_node("Sub", ["row", "two"], ["less"]), helper.make_node("Mul", ["less", "two"], ["more"])]
        source = "more"
    nodes.append(helper.make_node("Gather", [source, "places"], ["fc1"], axis=1))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("data", real, ["N", channels, side, side])],
        [helper.make_tensor_value_info("fc1", real, None)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def onnx_choice(path: Path) -> EngineChoice:
    return EngineChoice(name="onnx", model_path=str(path), match=0.5, review=0.6)


def test_the_dlib_engine_names_itself_by_its_model(face_engine: DlibEngine) -> None:
    assert face_engine.engine_id == "dlib-resnet-55533b28a958"
    assert face_engine.thresholds == Thresholds(0.38, 0.50)
    assert (face_engine.dimension, face_engine.metric) == (128, Metric.EUCLIDEAN)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineUnavailable, match="no face engine named 'magic'"):
        build_engine(EngineChoice(name="magic"))


@pytest.mark.parametrize("name", ["dlib", "onnx"])
@pytest.mark.parametrize(("content", "says"), [(POINTER, "Git LFS"), (b"", "empty"), (None, "missing")])
def test_a_model_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    path = tmp_path / "model.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineUnavailable, match=says):
        build_engine(EngineChoice(name=name, model_path=str(path), match=0.3, review=0.4))


@pytest.mark.parametrize("name", ["dlib", "onnx"])
def test_a_model_that_does_not_load_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"nothing that could be a network" * 100)
    with pytest.raises(EngineUnavailable):
        build_engine(EngineChoice(name=name, model_path=str(path), match=0.3, review=0.4))


def test_a_missing_models_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "MODELS_PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(EngineUnavailable, match="not installed"):
        build_engine(EngineChoice())


def test_a_landmark_model_that_does_not_load_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "landmarks.dat"
    broken.write_bytes(b"nothing")
    with pytest.raises(EngineUnavailable, match="does not load"):
        finder.FaceFinder(broken)


@pytest.mark.parametrize("name", ["dlib", "onnx"])
@pytest.mark.parametrize(("match", "review"), [(None, None), (0.4, None), (None, 0.4), (0.5, 0.4), (0.0, 0.4)])
def test_a_model_of_the_operators_needs_both_thresholds(
    tmp_path: Path, name: str, match: float | None, review: float | None
) -> None:
    path = tiny_model(tmp_path / "tiny.onnx") if name == "onnx" else packaged_model(DESCRIPTOR_MODEL)
    with pytest.raises(EngineUnavailable):
        build_engine(EngineChoice(name=name, model_path=str(path), match=match, review=review))


def test_thresholds_of_another_engine_are_refused(models_cache: Path) -> None:
    own = EngineChoice(cache_dir=str(models_cache), match=0.35, review=0.45, calibrated_for="dlib-resnet-55533b28a958")
    assert build_engine(own).thresholds == Thresholds(0.35, 0.45)
    with pytest.raises(EngineUnavailable, match="calibrate again"):
        build_engine(replace(own, calibrated_for="dlib-resnet-000000000000"))


def test_the_exported_network_serves_as_an_onnx_engine(
    tmp_path: Path, face_engine: DlibEngine, portrait: Pixels
) -> None:
    path = tmp_path / "resnet.onnx"
    path.write_bytes(export(packaged_model(DESCRIPTOR_MODEL)))
    engine = build_engine(onnx_choice(path))
    face = engine.find(portrait)[0]
    one, other = engine.describe(portrait, face), face_engine.describe(portrait, face)
    assert np.abs(one - other).max() < 1e-5
    assert (engine.metric, engine.dimension) == (Metric.EUCLIDEAN, 128)
    assert engine.engine_id != face_engine.engine_id


def test_a_model_without_metadata_is_taken_for_a_cosine_model(tmp_path: Path, portrait: Pixels) -> None:
    engine = build_engine(onnx_choice(tiny_model(tmp_path / "tiny.onnx")))
    face = engine.find(portrait)[0]
    descriptor = engine.describe(portrait, face)
    assert (engine.metric, engine.dimension, engine.thresholds) == (Metric.COSINE, 4, Thresholds(0.5, 0.6))
    assert float(np.linalg.norm(descriptor)) == pytest.approx(1.0, abs=1e-5)
    assert engine.distance(descriptor, descriptor) == pytest.approx(0.0, abs=1e-6)
    assert engine.distance(descriptor, -descriptor) == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize("scaling", [False, True])
def test_values_are_scaled_once(tmp_path: Path, portrait: Pixels, *, scaling: bool) -> None:
    engine = build_engine(onnx_choice(tiny_model(tmp_path / "tiny.onnx", scaling=scaling)))
    face = engine.find(portrait)[0]
    pixels = aligned_on_five_points(portrait, face, 112).transpose(2, 0, 1).reshape(-1)[[7, 900, 5000, 9000]]
    expected = (pixels.astype(np.float32) - 2) * 2 if scaling else (pixels.astype(np.float32) - 127.5) / 127.5
    assert engine.describe(portrait, face) == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_model_for_other_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="square RGB"):
        build_engine(onnx_choice(tiny_model(tmp_path / "tiny.onnx", channels=1)))


def test_the_face_is_brought_to_the_five_points(face_engine: DlibEngine, portrait: Pixels) -> None:
    """The aligned face, looked at again, has its eyes, nose and mouth where ArcFace's authors put them."""
    face = face_engine.find(portrait)[0]
    aligned = aligned_on_five_points(portrait, face, 336)
    again = five_points_of(face_engine.find(aligned)[0].landmarks) / 3
    expected = [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]
    off = np.abs(again - np.array(expected)).max(axis=1)
    assert off[:2].max() < 3  # the eyes; a portrait's own nose and mouth are not the mean face's
    assert off.max() < 7
