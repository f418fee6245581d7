"""Sealing personal data: an authenticated cipher for what is stored, a keyed digest for what must be found again.

From each data key HKDF derives a key for every purpose. A sealed value carries its suite and the id of its key, so that
several keys stand beside each other while one takes over from another (`casework.key_rotation`). The purpose is bound
in as associated data: a name pasted into the phone's column does not open.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from models.suites import KEY_BYTES, Suite, cipher_of, derive, keyed_digest, plain_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.suites import Sealer

KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_FORMATS = {Suite.AES_256_GCM: b"\x01", Suite.SM4_GCM: b"\x02"}
_SUITES = {form: suite for suite, form in _FORMATS.items()}
# format and key id: the beginning of every sealed value
HEAD_BYTES = 1 + KEY_ID_BYTES
_RETIRED_BYTES = 1 + 2 * KEY_BYTES


class CannotOpen(Exception):
    """A sealed value was written with another key, for another purpose, or was changed."""


@dataclass(frozen=True)
class DataKey:
    """One data key of 32 bytes and the suite it is used with. Raises ValueError for another length."""

    secret: bytes = field(repr=False)
    suite: Suite = Suite.AES_256_GCM

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")

    @classmethod
    def from_text(cls, text: str, suite: Suite = Suite.AES_256_GCM) -> DataKey:
        """Read `BASE64` (standard or URL-safe alphabet), or `SUITE:BASE64`; raise ValueError for anything else."""
        named, found, key = text.rpartition(":")
        plain = key.replace("-", "+").replace("_", "/").rstrip("=")
        secret = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        return cls(secret, Suite(named) if found else suite)


@dataclass(frozen=True)
class _Ring:
    """What one data key is used for. Without a cipher it is a retired one, which digests and opens nothing."""

    key_id: bytes
    suite: Suite
    index_key: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)
    sealer: Sealer | None = field(repr=False)

    @classmethod
    def of(cls, key: DataKey) -> _Ring:
        return cls(
            key_id=plain_digest(key.suite, derive(key.suite, key.secret, b"key id"))[:KEY_ID_BYTES],
            suite=key.suite,
            index_key=derive(key.suite, key.secret, b"blind index"),
            audit_key=derive(key.suite, key.secret, b"audit"),
            sealer=cipher_of(key.suite, key.secret),
        )

    @cached_property
    def index_digest(self) -> Callable[[bytes], bytes]:
        return keyed_digest(self.suite, self.index_key)

    @cached_property
    def audit_digest(self) -> Callable[[bytes], bytes]:
        return keyed_digest(self.suite, self.audit_key)

    def index(self, data: bytes, purpose: str) -> str:
        return self.index_digest(purpose.encode() + b"\0" + data).hex()


class Vault:
    """Seals with one data key and opens with that one and earlier ones."""

    def __init__(self, data_key: bytes | DataKey, previous: Iterable[DataKey] = ()) -> None:
        current = data_key if isinstance(data_key, DataKey) else DataKey(data_key)
        self._current = _Ring.of(current)
        rings = [self._current, *(_Ring.of(key) for key in previous)]
        self._rings = {ring.key_id: ring for ring in rings}
        self._retired: dict[bytes, _Ring] = {}

    @classmethod
    def from_text(cls, data_key: str, previous: Iterable[str] = (), suite: Suite = Suite.AES_256_GCM) -> Vault:
        """Make a vault from data keys as `DataKey.from_text` reads them."""
        return cls(DataKey.from_text(data_key, suite), [DataKey.from_text(text, suite) for text in previous])

    @property
    def key_id(self) -> str:
        """The id of the key that seals now: 8 hexadecimal digits."""
        return self._current.key_id.hex()

    @property
    def head(self) -> bytes:
        """The first five bytes of every value that the present key sealed."""
        return _FORMATS[self._current.suite] + self._current.key_id

    @property
    def is_changing(self) -> bool:
        """Whether earlier keys are at hand, as they are while one key takes over from another."""
        return len(self._rings) > 1

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Return `plain` encrypted for `purpose` (a table's column, "evidence", ...)."""
        nonce = os.urandom(_NONCE_BYTES)
        sealer = self._current.sealer
        assert sealer is not None  # noqa: S101 - the present key is a whole one
        return self.head + nonce + sealer.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what `seal` was given; raise CannotOpen for another key, another purpose or a changed value."""
        ring = self._rings.get(sealed[1:HEAD_BYTES])
        if ring is None or ring.sealer is None or _SUITES.get(sealed[:1]) is not ring.suite:
            raise CannotOpen("sealed with another key")
        nonce, body = sealed[HEAD_BYTES : HEAD_BYTES + _NONCE_BYTES], sealed[HEAD_BYTES + _NONCE_BYTES :]
        try:
            return ring.sealer.decrypt(nonce, body, purpose.encode())
        except InvalidTag:
            raise CannotOpen("changed, or sealed for another purpose") from None

    def blind_index(self, value: str | bytes, purpose: str) -> str:
        """Return 64 hexadecimal digits under which `value` is written, to be found again without being readable."""
        return self._current.index(value.encode() if isinstance(value, str) else value, purpose)

    def blind_indexes(self, value: str | bytes, purpose: str) -> list[str]:
        """Return every digest under which `value` may stand until a rotation has gone round: the present key's first.

        For whatever a rotation digests anew, because its value is stored.
        """
        data = value.encode() if isinstance(value, str) else value
        return [ring.index(data, purpose) for ring in self._rings.values()]

    def blind_indexes_ever(self, value: str | bytes, purpose: str) -> list[str]:
        """Return every digest under which `value` may stand by any key there ever was: the present key's first.

        For what is nowhere stored and so cannot be digested anew: tokens, frames.
        """
        data = value.encode() if isinstance(value, str) else value
        return [ring.index(data, purpose) for ring in (self._rings | self._retired).values()]

    def sign(self, content: bytes, purpose: str) -> bytes:
        """Return a digest of 36 bytes that only a holder of the key can make: the key's id and an HMAC."""
        return self._current.key_id + self._current.audit_digest(purpose.encode() + b"\0" + content)

    def is_signed(self, content: bytes, purpose: str, signature: bytes) -> bool:
        """Say whether `sign` made this digest of this content, with the present key, an earlier or a retired one."""
        ring = (self._rings | self._retired).get(signature[:KEY_ID_BYTES])
        if ring is None:
            return False
        made = ring.audit_digest(purpose.encode() + b"\0" + content)
        return hmac.compare_digest(made, signature[KEY_ID_BYTES:])

    def earlier_keys(self) -> dict[str, bytes]:
        """Return, by key id, what must be kept of earlier keys when they go: what digests are made with, no cipher.

        What was digested and is not stored in clear anywhere can be found and proven by nothing else.
        """
        return {
            ring.key_id.hex(): _FORMATS[ring.suite] + ring.index_key + ring.audit_key
            for ring in self._rings.values()
            if ring is not self._current
        }

    def remember(self, retired: dict[str, bytes]) -> None:
        """Take up what `earlier_keys` once returned; raise ValueError for anything else."""
        for key_id, material in retired.items():
            if len(material) != _RETIRED_BYTES:
                raise ValueError("no retired key")
            suite = _SUITES[material[:1]]
            ring = _Ring(
                bytes.fromhex(key_id),
                suite,
                material[1 : 1 + KEY_BYTES],
                material[1 + KEY_BYTES :],
                None,
            )
            if ring.key_id not in self._rings:
                self._retired[ring.key_id] = ring
