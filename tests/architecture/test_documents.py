from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

from settings import Settings
from tests.architecture.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
WORDED = {"SECRET_KEY", "DATA_KEY", "FACE_WORKERS", "WECHAT_TOKEN", "WECHAT_ENCODING_AES_KEY"}


def _documented() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs" / "settings.md").read_text()))


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(_documented()) == {field.name.upper() for field in fields(Settings)}


def test_the_defaults_are_the_documented_ones(tmp_path: Path) -> None:
    settings = Settings.read({"DATA_DIR": str(tmp_path)})
    folders = {str(tmp_path): "DATA_DIR", str(ROOT.parent): "..", "8000": "PORT"}
    for name, documented in _documented().items():
        if name in WORDED | {"DATA_DIR"}:
            continue
        value = getattr(settings, name.lower())
        if value is None:
            assert documented in {"none", "the engine's own"}, name
            continue
        text = str(value)
        for found, stands_for in folders.items():
            text = text if text == found else text.replace(found, stands_for)
        assert documented == f"`{text}`", name


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert documents
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents
        for link in LINK.findall(document.read_text())
        if not (document.parent / link).exists()
    ]
    assert broken == []
