from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class EvidenceInMemory:
    """An evidence store whose `pictures` a test reads."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.put_at = datetime(2025, 1, 1, tzinfo=UTC)

    def put(self, key: str, sealed: bytes) -> None:
        if key in self.pictures:
            raise FileExistsError(key)
        self.pictures[key] = sealed

    def get(self, key: str) -> bytes:
        try:
            return self.pictures[key]
        except KeyError:
            raise FileNotFoundError(key) from None

    def list_keys(self) -> Iterator[tuple[str, datetime]]:
        return ((key, self.put_at) for key in list(self.pictures))

    def delete(self, key: str) -> None:
        self.pictures.pop(key, None)
