from __future__ import annotations


class EvidenceInMemory:
    """An evidence store whose `pictures` a test reads."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}

    def put(self, key: str, sealed: bytes) -> None:
        if key in self.pictures:
            raise FileExistsError(key)
        self.pictures[key] = sealed

    def get(self, key: str) -> bytes:
        try:
            return self.pictures[key]
        except KeyError:
            raise FileNotFoundError(key) from None

    def delete(self, key: str) -> None:
        self.pictures.pop(key, None)
