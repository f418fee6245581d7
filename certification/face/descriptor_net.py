"""dlib's descriptor network on onnxruntime: the same weights, several times faster.

The wheel of dlib has no BLAS, so that its own forward pass takes some 70 ms. The layers are read from the .dat, each
scaling is folded into its convolution, and the graph is kept as an ONNX file named by the digest of the .dat.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlib
import numpy as np

from certification.face.dlib_weights import (
    Convolution,
    Join,
    Layer,
    NotThisNetwork,
    Pooling,
    Projection,
    Rectifier,
    Scaling,
    read_network,
)
from certification.face.runtime import open_session
from certification.face.types import EngineUnavailable

if TYPE_CHECKING:
    from certification.face.dlib_weights import Weights
    from certification.face.types import Descriptor, Pixels

CHIP_SIZE = 150
OPSET = 17
IR_VERSION = 8
INPUT_SCALE = 256.0
AGREEMENT = 1e-3
_ROOT = Path(__file__).resolve().parents[2]
METADATA = {"face.alignment": "dlib", "face.metric": "euclidean", "face.mean": "0", "face.scale": "1"}


class DescriptorNet:
    """Turns an aligned face of 150 px into dlib's descriptor."""

    def __init__(self, dat: Path, digest: str, cache_dir: Path | None) -> None:
        if cache_dir is None:
            self._session = open_session(_checked_export(dat))
            return
        kept = cache_dir / f"dlib-resnet-{digest}.onnx"
        try:
            self._session = open_session(kept)
        except EngineUnavailable:  # not made yet, or spoilt
            _export_apart(dat, kept)
            self._session = open_session(kept)

    def describe(self, chip: Pixels) -> Descriptor:
        """Return the descriptor (128,) of an RGB face (150, 150, 3)."""
        return _run(self._session, chip)


def _run(session: Any, chip: Pixels) -> Descriptor:
    batch = np.ascontiguousarray(chip.transpose(2, 0, 1)[np.newaxis], dtype=np.float32)
    (found,) = session.run(None, {"rgb": batch})
    descriptor: Descriptor = found[0]
    return descriptor


def _export_apart(dat: Path, kept: Path) -> None:
    """Export in a process of its own: it takes memory that a worker, whose memory is limited, would keep for good."""
    command = [sys.executable, "-m", __name__, str(dat), str(kept)]
    done = subprocess.run(command, cwd=_ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - our own module
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        raise EngineUnavailable(reason[-1])


def _keep(model: bytes, kept: Path) -> None:
    """Write the file whole or not at all; several processes may do so at once."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=kept.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(model)
        Path(fresh).replace(kept)
    finally:
        Path(fresh).unlink(missing_ok=True)


def _checked_export(dat: Path) -> bytes:
    """Return the exported network once it agrees with dlib's own on a drawn face; raise EngineUnavailable."""
    model = export(dat)
    ramp = np.linspace(0, 255, CHIP_SIZE)
    chip = np.stack([np.add.outer(ramp, ramp) / 2, np.subtract.outer(ramp, ramp) % 256, np.outer(ramp, ramp) / 255])
    drawn = np.ascontiguousarray(chip.transpose(1, 2, 0), dtype=np.uint8)
    try:
        own = np.array(dlib.face_recognition_model_v1(str(dat)).compute_face_descriptor(drawn), dtype=np.float32)
    except RuntimeError:
        raise EngineUnavailable(f"the descriptor model {dat.name} does not load") from None
    if float(np.abs(own - _run(open_session(model), drawn)).max()) > AGREEMENT:
        raise EngineUnavailable(f"the exported network of {dat.name} does not agree with dlib's own")
    return model


def export(dat: Path) -> bytes:
    """Return the network of `dat` as a serialised ONNX model: input `rgb` float32 (1, 3, 150, 150), 0 to 255.

    Raise EngineUnavailable when the file holds another network.
    """
    try:
        mean, layers = read_network(dat.read_bytes())
        return _Graph().built(_with_input_folded(mean, _with_scalings_folded(layers)))
    except NotThisNetwork as error:
        raise EngineUnavailable(f"{dat.name} does not hold dlib's descriptor network: {error}") from None


def _with_scalings_folded(layers: list[Layer]) -> list[Layer]:
    folded: list[Layer] = []
    for before, layer in pairwise([None, *layers]):
        if isinstance(layer, Scaling) and isinstance(before, Convolution):
            weights = before.weights * layer.factor[:, None, None, None]
            folded[-1] = Convolution(weights, before.bias * layer.factor + layer.offset, before.stride, before.padding)
        elif layer is not None:
            folded.append(layer)
    return folded


def _with_input_folded(mean: Weights, layers: list[Layer]) -> list[Layer]:
    """Fold (rgb - mean) / 256 into the first convolution, which has no border to which the mean would not apply."""
    match layers:
        case [Convolution(weights, bias, stride, 0), *others]:
            weights = weights / np.float32(INPUT_SCALE)
            shift = (weights * mean[None, :, None, None]).sum(axis=(1, 2, 3))
            return [Convolution(weights, bias - shift, stride, 0), *others]
    raise NotThisNetwork("it does not begin with a convolution without a border")


class _Graph:
    """Writes layers down as ONNX nodes; knows each value's name and shape (channels, side)."""

    def __init__(self) -> None:
        # imported for an export only: a worker that finds the file made never loads it
        import onnx  # noqa: PLC0415

        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._shapes: dict[str, tuple[int, int]] = {"rgb": (3, CHIP_SIZE)}

    def built(self, layers: list[Layer]) -> bytes:
        now, block_start, shortcut = "rgb", "rgb", "rgb"
        for layer in layers:
            match layer:
                case Convolution():
                    now = self._convolution(now, layer)
                case Pooling(largest=False) if layer.window:
                    shortcut = self._pooling(block_start, layer)
                case Pooling():
                    now = block_start = shortcut = self._pooling(now, layer)
                case Join():
                    now = self._join(shortcut, now)
                case Rectifier():
                    joined = bool(self._nodes) and self._nodes[-1].op_type == "Add"
                    now = self._add("Relu", [now], self._shapes[now])
                    if joined:
                        block_start = shortcut = now
                case Projection():
                    return self._finished(now, layer)
                case Scaling():
                    raise NotThisNetwork("a scaling follows no convolution")
        raise NotThisNetwork("it ends without a projection")

    def _add(self, kind: str, inputs: list[str], shape: tuple[int, int], **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], **attributes))
        self._shapes[name] = shape
        return name

    def _constant(self, values: Any) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _convolution(self, source: str, layer: Convolution) -> str:
        side = _side_after(self._shapes[source][1], layer.weights.shape[2], layer.stride, layer.padding)
        inputs = [source, self._constant(layer.weights), self._constant(layer.bias)]
        shape = (layer.weights.shape[0], side)
        return self._add("Conv", inputs, shape, strides=[layer.stride] * 2, pads=[layer.padding] * 4)

    def _pooling(self, source: str, layer: Pooling) -> str:
        channels, side = self._shapes[source]
        if not layer.window:
            return self._add("GlobalAveragePool", [source], (channels, 1))
        kind = "MaxPool" if layer.largest else "AveragePool"
        shape = (channels, _side_after(side, layer.window, layer.stride, layer.padding))
        window, strides, pads = [layer.window] * 2, [layer.stride] * 2, [layer.padding] * 4
        return self._add(kind, [source], shape, kernel_shape=window, strides=strides, pads=pads)

    def _join(self, one: str, other: str) -> str:
        """Add two values; where their sizes differ, what is missing counts as zero, as in dlib's add_prev."""
        (channels, side), (other_channels, other_side) = self._shapes[one], self._shapes[other]
        shape = (max(channels, other_channels), max(side, other_side))
        return self._add("Add", [self._widened(one, shape), self._widened(other, shape)], shape)

    def _widened(self, source: str, shape: tuple[int, int]) -> str:
        channels, side = self._shapes[source]
        missing = np.array([0, 0, 0, 0, 0, shape[0] - channels, shape[1] - side, shape[1] - side], dtype=np.int64)
        return self._add("Pad", [source, self._constant(missing)], shape) if missing.any() else source

    def _finished(self, source: str, layer: Projection) -> bytes:
        flat = self._add("Flatten", [source], (self._shapes[source][0], 1))
        inputs, outputs = layer.weights.shape
        if self._shapes[source] != (inputs, 1):
            raise NotThisNetwork("the projection does not fit what comes before it")
        descriptor = self._add("MatMul", [flat, self._constant(layer.weights)], (outputs, 1))
        value, real = self._onnx.helper.make_tensor_value_info, self._onnx.TensorProto.FLOAT
        graph = self._onnx.helper.make_graph(
            self._nodes,
            "dlib-resnet",
            [value("rgb", real, [1, 3, CHIP_SIZE, CHIP_SIZE])],
            [value(descriptor, real, [1, outputs])],
            self._constants,
        )
        opset = [self._onnx.helper.make_opsetid("", OPSET)]
        model = self._onnx.helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        self._onnx.helper.set_model_props(model, METADATA)
        self._onnx.checker.check_model(model)
        serialised: bytes = model.SerializeToString()
        return serialised


def _side_after(side: int, window: int, stride: int, padding: int) -> int:
    return (side + 2 * padding - window) // stride + 1


if __name__ == "__main__":
    try:
        _keep(_checked_export(Path(sys.argv[1])), Path(sys.argv[2]))
    except EngineUnavailable as unavailable:
        sys.exit(str(unavailable))
