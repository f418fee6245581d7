from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def run_with(tmp_path: Path) -> Run:
    """Run a copy of ./run in an empty folder on a machine whose only Python is a given script."""
    machine = tmp_path / "bin"
    machine.mkdir()
    for tool in ("bash", "dirname", "cat", "cut", "sha256sum", "env"):
        found = shutil.which(tool)
        assert found
        (machine / tool).symlink_to(found)
    shutil.copy(ROOT / "run", tmp_path / "run")

    def run(python: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        if python is not None:
            (machine / "python3").write_text(f"#!/usr/bin/env bash\n{python}\n")
            (machine / "python3").chmod(0o700)
        return subprocess.run(
            [tmp_path / "run", *arguments],
            env={"PATH": str(machine)},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )

    return run


@pytest.mark.parametrize("python", [None, "exit 1"])
def test_a_missing_or_old_python_is_named_with_its_command(run_with: Run, python: str | None) -> None:
    done = run_with(python)
    assert done.returncode == 1
    assert done.stderr == (
        "Python 3.11 or newer is missing; install it: sudo apt-get install -y python3 python3-venv\n"
    )


def test_a_missing_venv_module_is_named_with_its_command(
    run_with: Run,
) -> None:
    done = run_with('case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.12-venv ;; esac')
    assert done.returncode == 1
    assert done.stderr == "Python's venv module is missing; install it: sudo apt-get install -y python3.12-venv\n"


def test_wrong_usage_ends_with_two(run_with: Run) -> None:
    assert run_with("exit 0", "--faster").returncode == 2


def test_the_scripts_can_be_run_and_parsed() -> None:
    for name in ("run", "test", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK)
        subprocess.run(["bash", "-n", ROOT / name], check=True, timeout=20)
