from __future__ import annotations

import pickle

import numpy as np
import pytest

from certification.face.liveness import begin
from certification.face.liveness.chips import SIDE, Chip
from certification.face.liveness.describing import MOST_KEPT
from certification.face.liveness.state import MOST_DIGESTS, MOST_ROWS, Progress, Row, State, decode, encode
from certification.face.types import Action

LARGEST = 64 * 1024


def full_state(dimension: int) -> State:
    """A state as large as one can get: noise does not compress."""
    chance = np.random.default_rng(1)
    chip = Chip(
        chance.integers(0, 256, (SIDE, SIDE)).astype(np.uint8), chance.normal(60, 20, (68, 2)).astype(np.float32)
    )
    return State(
        progress=[Progress((Action.NOD, Action.TURN_LEFT), 120.0, [900])],
        started_ms=5.0,
        placed=True,
        reference=chip,
        last_chip=chip,
        advice={"too_dark": 3},
        rows=[Row(*map(float, chance.normal(size=len(Row._fields)))) for _ in range(3 * MOST_ROWS)],
        digests=[chance.bytes(8) for _ in range(2 * MOST_DIGESTS)],
        descriptors=[chance.normal(size=dimension).astype(np.float32) for _ in range(MOST_KEPT)],
        sharpness=[1.5] * MOST_KEPT,
        described=11,
        described_ms=4000.0,
        apart=0.25,
    )


def test_it_comes_back_as_it_was() -> None:
    state = full_state(128)
    again = decode(encode(state))
    assert again.progress == state.progress
    assert again.apart == state.apart
    assert again.advice == state.advice
    assert again.digests == state.digests[-MOST_DIGESTS:]
    assert np.allclose(again.rows, np.array(state.rows[-MOST_ROWS:]), atol=1e-5)
    assert np.array_equal(again.descriptors, state.descriptors)
    assert again.reference is not None
    assert state.reference is not None
    assert np.array_equal(again.reference.grey, state.reference.grey)
    assert encode(again) == encode(decode(encode(again)))


@pytest.mark.parametrize("dimension", [128, 512])
def test_it_never_outgrows_its_column(dimension: int) -> None:
    assert len(encode(full_state(dimension))) <= LARGEST


def test_the_first_state_is_small() -> None:
    assert len(begin((Action.BLINK, Action.TURN_LEFT))) < 4096


@pytest.mark.parametrize("data", [b"", b"nothing", b"PK\x03\x04 cut short", pickle.dumps([1, 2]), b"\x93NUMPY"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no liveness state"):
        decode(data)


def test_a_state_cut_short_is_refused() -> None:
    whole = encode(full_state(128))
    with pytest.raises(ValueError, match="no liveness state"):
        decode(whole[: len(whole) // 2])
