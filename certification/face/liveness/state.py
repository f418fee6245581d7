"""What an attempt remembers from one frame to the next, as opaque bytes without pickle."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from certification.face.liveness.chips import Chip
from certification.face.types import Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certification.face.types import Descriptor

VERSION = 1
MOST_ROWS = 120  # about 24 seconds at 5 frames a second; an action is over long before
MOST_DIGESTS = 600  # two minutes at 5 frames a second
DIGEST_BYTES = 8


class Row(NamedTuple):
    """The cues of one frame. Ratios as in `cues.Cues`; parallax and change as in `depth.Movement`.

    at_ms: since the first frame. turned, tipped: yaw and pitch against the person's own straight look.
    from_turned, from_tipped: the same against the reference chip that across, down, error, change, stretch and points
    refer to; points is 0 where nothing could be followed. good: clean, frontal and steady (1 or 0).
    gap: not known to follow from the row before (1 or 0).
    """

    at_ms: float
    eyes: float
    mouth: float
    yaw: float
    pitch: float
    turned: float
    tipped: float
    from_turned: float
    from_tipped: float
    across: float
    down: float
    error: float
    change: float
    stretch: float
    points: float
    good: float
    gap: float


@dataclass
class Progress:
    """A challenge and how far it is.

    asked_ms: when the present action was asked for. done_ms: when each was seen. meant: what was asked for, where
    `actions` is its mirror image.
    """

    actions: tuple[Action, ...]
    asked_ms: float = 0.0
    done_ms: list[int] = field(default_factory=list)
    meant: tuple[Action, ...] | None = None

    @property
    def step(self) -> int:
        """How many actions were seen."""
        return len(self.done_ms)

    @property
    def asked(self) -> Action | None:
        """The action that is asked for now; None when all were seen."""
        return self.actions[self.step] if self.step < len(self.actions) else None


@dataclass
class State:
    """Everything an attempt remembers.

    progress: the challenge; several where a video may be mirrored. placed: the position phase is over.
    yaw, pitch: the person's own straight look. reference: the latest good straight chip, and its yaw and pitch.
    last_chip: of the frame before. last_centre, last_width: where the face was, pixels.
    free: there is no fixed challenge; the actions that are seen are noted as the first progress.
    frames, faces, compared: how many were looked at, showed a face, could be compared with the reference.
    tied: the present face is known to be the one described last.
    descriptors, sharpness: of the best frontal frames. described: how many were taken in all; described_ms: when the
    last one was. apart: the largest distance between any of them.
    """

    progress: list[Progress]
    started_ms: float | None = None
    last_ms: float = 0.0
    free: bool = False
    placed: bool = False
    yaw: float = 0.0
    pitch: float = 0.0
    reference: Chip | None = None
    reference_yaw: float = 0.0
    reference_pitch: float = 0.0
    reference_ms: float = 0.0
    last_chip: Chip | None = None
    last_centre: tuple[float, float] = (0.0, 0.0)
    last_width: float = 0.0
    lost: bool = True
    tied: bool = False
    frames: int = 0
    faces: int = 0
    compared: int = 0
    repeated: int = 0
    jumps: int = 0
    flat_frames: int = 0
    deep_frames: int = 0
    most_change: float = 0.0
    advice: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    descriptors: list[Descriptor] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    described: int = 0
    described_ms: float | None = None
    apart: float | None = None


# The fields that JSON can hold as they are.
_PLAIN = (
    *("started_ms", "last_ms", "free", "placed", "yaw", "pitch", "reference_yaw", "reference_pitch", "reference_ms"),
    *("last_width", "lost", "tied", "frames", "faces", "compared", "repeated", "jumps", "flat_frames", "deep_frames"),
    *("most_change", "advice", "sharpness", "described", "described_ms", "apart"),
)


def encode(state: State) -> bytes:
    """Return the state as bytes, at most 64 KiB with descriptors of up to 512 numbers."""
    plain = {name: getattr(state, name) for name in _PLAIN}
    plain["version"] = VERSION
    plain["last_centre"] = list(state.last_centre)
    plain["progress"] = [
        {"actions": list(each.actions), "asked_ms": each.asked_ms, "done_ms": each.done_ms} for each in state.progress
    ]
    arrays: dict[str, Any] = {
        "rows": np.array(state.rows[-MOST_ROWS:], dtype=np.float32).reshape(-1, len(Row._fields)),
        "digests": np.frombuffer(b"".join(state.digests[-MOST_DIGESTS:]), dtype=np.uint8),
    }
    if state.descriptors:
        arrays["descriptors"] = np.stack(state.descriptors).astype(np.float32)
    if state.reference is not None:
        arrays |= {"reference": state.reference.grey, "reference_points": state.reference.points}
    if state.last_chip is not None:
        arrays |= {"last": state.last_chip.grey, "last_points": state.last_chip.points}
    plain["arrays"] = {name: [str(array.dtype), array.shape] for name, array in arrays.items()}
    head = json.dumps(plain).encode()
    whole = b"".join([len(head).to_bytes(4, "big"), head, *(array.tobytes() for array in arrays.values())])
    return zlib.compress(whole, level=1)  # a file of numpy's takes longer than looking at the picture


def decode(data: bytes) -> State:
    """Return the state that `encode` made; raise ValueError when the bytes are none."""
    try:
        whole = zlib.decompress(data)
        body = 4 + int.from_bytes(whole[:4], "big")
        plain = json.loads(whole[4:body])
        arrays = _arrays(plain["arrays"], memoryview(whole)[body:])
    except (zlib.error, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ValueError("these bytes are no liveness state") from error
    if plain.get("version") != VERSION:
        raise ValueError("this liveness state is of another version")
    state = State(progress=[_progress(each) for each in plain["progress"]])
    for name in _PLAIN:
        setattr(state, name, plain[name])
    state.last_centre = (plain["last_centre"][0], plain["last_centre"][1])
    state.rows = [Row(*map(float, row)) for row in arrays["rows"]]
    digests = arrays["digests"].tobytes()
    state.digests = [digests[i : i + DIGEST_BYTES] for i in range(0, len(digests), DIGEST_BYTES)]
    state.descriptors = list(arrays["descriptors"]) if "descriptors" in arrays else []
    if "reference" in arrays:
        state.reference = Chip(arrays["reference"], arrays["reference_points"])
    if "last" in arrays:
        state.last_chip = Chip(arrays["last"], arrays["last_points"])
    return state


def _arrays(layout: dict[str, tuple[str, list[int]]], body: memoryview) -> dict[str, NDArray[Any]]:
    """Return the arrays that lie one after the other in `body`; raise ValueError when it ends too early."""
    arrays: dict[str, NDArray[Any]] = {}
    at = 0
    for name, (kind, shape) in layout.items():
        values = np.frombuffer(body, dtype=np.dtype(kind), count=int(np.prod(shape)), offset=at)
        arrays[name] = values.reshape(shape).copy()
        at += values.nbytes
    return arrays


def _progress(plain: dict[str, object]) -> Progress:
    return Progress(
        actions=tuple(Action(each) for each in cast("list[str]", plain["actions"])),
        asked_ms=cast("float", plain["asked_ms"]),
        done_ms=cast("list[int]", plain["done_ms"]),
    )
