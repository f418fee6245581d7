"""Reads the layers of dlib's face descriptor network out of its serialised file.

Format (dlib/serialize.h): an integer is a control byte, whose low four bits count the little-endian bytes that follow
and whose highest bit is the sign; text is its length and its bytes; a float is two integers, mantissa and exponent of
two; a tensor is its version, four sizes and raw float32. Layers stand in the order in which data flows through them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = NDArray[np.float32]

INPUT_LAYER = b"input_rgb_image_sized"
LAYER = re.compile(rb"\x01[\x04-\x0a](con_4|affine_|relu_1|max_pool_2|avg_pool_2|add_prev_1|fc_2)")
TENSOR_VERSION = 2


class NotThisNetwork(Exception):
    """The file does not hold the network that dlib's `face_recognition_model_v1` has."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with its bias. weights: (filters, channels, rows, columns)."""

    weights: Weights
    bias: Weights
    stride: int
    padding: int


@dataclass(frozen=True)
class Scaling:
    """One factor and one offset for each channel (what is left of batch normalisation after training)."""

    factor: Weights
    offset: Weights


@dataclass(frozen=True)
class Pooling:
    """Largest value or mean of a window; window 0 is the whole map."""

    largest: bool
    window: int
    stride: int
    padding: int


@dataclass(frozen=True)
class Projection:
    """A linear layer without bias. weights: (inputs, outputs)."""

    weights: Weights


@dataclass(frozen=True)
class Rectifier:
    """Negative values become zero."""


@dataclass(frozen=True)
class Join:
    """The end of a residual block: its input, pooled if a pooling came just before, is added to its output."""


Layer = Convolution | Scaling | Pooling | Projection | Rectifier | Join


def read_network(dat: bytes) -> tuple[Weights, list[Layer]]:
    """Return the mean of the input's three channels and the layers; raise NotThisNetwork."""
    try:
        reader = _Reader(dat, dat.index(INPUT_LAYER) + len(INPUT_LAYER))
        mean = np.array([reader.real() for _ in range(3)], dtype=np.float32)
        layers: list[Layer] = []
        while (found := LAYER.search(dat, reader.at)) is not None:
            reader.at = found.end()
            layers.append(_read_layer(reader, found[1]))
    except (ValueError, IndexError, OverflowError) as error:
        raise NotThisNetwork(str(error)) from None
    return mean, layers


def _read_layer(reader: _Reader, kind: bytes) -> Layer:
    match kind:
        case b"con_4":
            return _read_convolution(reader)
        case b"affine_":
            factor, offset = reader.tensor().reshape(2, -1)
            return Scaling(factor, offset)
        case b"max_pool_2" | b"avg_pool_2":
            rows, columns, stride, stride_x, padding, padding_x = (reader.whole() for _ in range(6))
            _require(rows == columns and stride == stride_x and padding == padding_x)
            return Pooling(kind == b"max_pool_2", rows, stride, padding)
        case b"fc_2":
            outputs, inputs = reader.whole(), reader.whole()
            return Projection(reader.tensor().reshape(inputs, outputs))
        case b"add_prev_1":
            return Join()
        case _:
            return Rectifier()


def _read_convolution(reader: _Reader) -> Convolution:
    params = reader.tensor()
    filters, rows, columns, stride, stride_x, padding, padding_x = (reader.whole() for _ in range(7))
    _require(stride == stride_x and padding == padding_x and params.size > filters)
    weights, bias = params[:-filters], params[-filters:]
    return Convolution(weights.reshape(filters, -1, rows, columns), bias, stride, padding)


def _require(holds: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is used
    if not holds:
        raise ValueError("a layer has another form")


class _Reader:
    """A place in the file that moves on with each value read."""

    def __init__(self, dat: bytes, at: int) -> None:
        self._dat = dat
        self.at = at

    def whole(self) -> int:
        control = self._dat[self.at]
        end = self.at + 1 + (control & 0x0F)
        value = int.from_bytes(self._dat[self.at + 1 : end], "little")
        self.at = end
        return -value if control & 0x80 else value

    def real(self) -> float:
        mantissa, exponent = self.whole(), self.whole()
        return mantissa * 2.0**exponent

    def tensor(self) -> Weights:
        _require(self.whole() == TENSOR_VERSION)
        count = prod(self.whole() for _ in range(4))
        values = np.frombuffer(self._dat, dtype="<f4", count=count, offset=self.at)
        self.at += values.nbytes
        return values
