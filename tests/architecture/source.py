"""The project's own source files, for tests that read code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = {".venv", "var", "node_modules", ".git"}


def python_files(*folders: str) -> list[Path]:
    """Return every Python file of the project, or of these folders."""
    roots = [ROOT / folder for folder in folders] or [ROOT]
    files = [path for root in roots for path in root.rglob("*.py")]
    return [path for path in files if not LEFT_OUT & set(path.relative_to(ROOT).parts)]


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield every call written in a file."""
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
