from __future__ import annotations

import re

import pytest
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?: *; *[^\\]+?)? *\\?$")
LOCKS = ("requirements.txt", "requirements-dev.txt")


def _locked(name: str) -> dict[str, tuple[str, int]]:
    """Return each locked dependency: its version and how many hashes it has."""
    locked: dict[str, tuple[str, int]] = {}
    last = ""
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("    --hash=sha256:"):
            version, hashes = locked[last]
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), line
            locked[last] = (version, hashes + 1)
        elif line and not line.lstrip().startswith("#"):
            found = PINNED.fullmatch(line)
            assert found, f"{name}: {line} is not pinned to one version"
            last = canonicalize_name(found[1])
            locked[last] = (found[2], 0)
    return locked


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_with_hashes(name: str) -> None:
    locked = _locked(name)
    assert len(locked) > 20
    assert [one for one, (_version, hashes) in locked.items() if hashes == 0] == []


def test_both_locks_agree() -> None:
    first, second = (_locked(name) for name in LOCKS)
    both = set(first) & set(second)
    assert {one: first[one][0] for one in both} == {one: second[one][0] for one in both}
