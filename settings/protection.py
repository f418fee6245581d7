"""The settings of what protects people and their data: the audit, limits, hosts, receipts, retention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader


@dataclass(frozen=True)
class ProtectionSettings:
    """What protects people and their data."""

    audit_anchor_file: Path


def read_protection(reader: Reader, data_dir: Path) -> dict[str, Any]:
    """Read and check the settings of protection; raise SettingsError for the first that is wrong."""
    return {
        "audit_anchor_file": reader.path("AUDIT_ANCHOR_FILE", data_dir / "audit-anchors.jsonl"),
    }
