from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz_targets import TARGETS

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
SEEDS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{seed.parent.name}-{seed.name}")
def test_what_a_fuzzer_began_with_and_found_is_taken_or_refused(seed: Path) -> None:
    TARGETS[seed.parent.name](seed.read_bytes())


def test_every_target_has_seeds() -> None:
    assert {seed.parent.name for seed in SEEDS} == set(TARGETS)
