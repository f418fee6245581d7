"""The scripts and style sheets keep to what the web views of old phones know: ES2017, and no younger CSS."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "api" / "static"
TOO_YOUNG = {
    "optional chaining": r"\?\.[A-Za-z_(\[]",
    "nullish coalescing": r"\?\?",
    "private field": r"(?<![\w'\"`])#[a-z]\w*\s*(?:=|;|\()",
    "spread in an object": r"[({,=]\s*\{\s*\.\.\.|,\s*\.\.\.\w+(?:\([^)]*\))?\s*\}",
    "catch without a name": r"catch\s*\{",
    "await outside a function": r"^await\b",
    "flat": r"\.flat(?:Map)?\(",
    "fromEntries, replaceAll, at": r"\.(?:fromEntries|replaceAll|at)\(",
}
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_scripts_are_es2017(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    found = [
        f"{script.name}:{number} {name}"
        for number, line in enumerate(lines, 1)
        for name, pattern in TOO_YOUNG.items()
        if re.search(pattern, line.split("//")[0])
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "a?.b",
        "a ?? b",
        "f({ ...a, b })",
        "x = { a, ...b }",
        "} catch {",
        "await go();",
        "a.flatMap(b)",
        "  #secret = 1;",
    ],
)
def test_younger_syntax_is_noticed(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in TOO_YOUNG.values())


@pytest.mark.parametrize("name", ["pages.css", "certify.css"])
def test_style_sheets_need_nothing_young(name: str) -> None:
    sheet = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    outside = re.sub(r"@supports[^{]*\{[^}]*\}[^}]*\}", "", sheet)
    assert re.findall(r":has\(|\binset:|aspect-ratio:|\bmin\(|\bmax\(|\bclamp\(|[;{ ]gap:", outside) == []
