"""The audit of dependencies passes where they were audited, and where somebody said that they cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

AUDITED = {"dependencies": [{"name": "flask", "version": "3", "vulns": []}]}
WEAK = {"dependencies": [{"name": "flask", "version": "3", "vulns": [{"id": "CVE-1"}]}]}
NOT_ASKED = {"dependencies": [{"name": "flask", "version": "3", "skip_reason": "out of reach", "vulns": []}]}


def audit(place: Path, answer: object, **environ: str) -> int:
    """Run the audit with a pip-audit that reports `answer`; nothing where it is none."""
    tools = place / ".venv" / "bin"
    tools.mkdir(parents=True)
    (place / ".ci").mkdir()
    (place / ".ci" / "audit").write_bytes((ROOT / ".ci" / "audit").read_bytes())
    (place / "report.json").write_text("" if answer is None else json.dumps(answer))
    (tools / "bandit").write_text("#!/bin/sh\n")
    (tools / "pip-audit").write_text('#!/bin/sh\nfor last; do :; done\ncat report.json >"$last"\n')
    (tools / "python").symlink_to(sys.executable)
    for tool in ("bandit", "pip-audit"):
        (tools / tool).chmod(0o700)
    known = {name: value for name, value in os.environ.items() if name != "AUDIT"}
    return subprocess.run(
        ["bash", ".ci/audit"], cwd=place, env=known | environ, check=False, capture_output=True
    ).returncode


@pytest.mark.parametrize(("answer", "status"), [(AUDITED, 0), (WEAK, 1), (NOT_ASKED, 1), (None, 1)])
def test_what_was_not_audited_does_not_pass(tmp_path: Path, answer: object, status: int) -> None:
    assert audit(tmp_path, answer) == status


def test_who_knows_that_nobody_can_be_asked_says_so(tmp_path: Path) -> None:
    assert audit(tmp_path, None, AUDIT="offline") == 0


def test_a_known_weakness_never_passes(tmp_path: Path) -> None:
    assert audit(tmp_path, WEAK, AUDIT="offline") == 1
