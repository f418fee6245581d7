"""The settings of data matching: where its sources are declared, and how much of a file is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader


@dataclass(frozen=True)
class MatchingSettings:
    """How files of other departments are taken in."""

    matching_sources: Path | None
    matching_chunk_rows: int


def read_matching(reader: Reader) -> dict[str, Any]:
    """Read and check the settings of data matching; raise SettingsError for the first that is wrong."""
    return {
        "matching_sources": reader.existing_file("MATCHING_SOURCES"),
        "matching_chunk_rows": reader.whole("MATCHING_CHUNK_ROWS", 20_000, 1, 100_000),
    }
