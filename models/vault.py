"""Sealing personal data: AES-256-GCM for what is stored, a keyed digest for what must be found again.

One data key, from which HKDF-SHA-256 derives a key for each purpose. A sealed value carries the id of its key, so that
a second key can stand beside it. The purpose is bound in as associated data: a name pasted into the phone's column
does not open.
"""

from __future__ import annotations

import base64
import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_BYTES = 4
_FORMAT = b"\x01"


class CannotOpen(Exception):
    """A sealed value was written with another key, for another purpose, or was changed."""


class Vault:
    """Seals and opens personal data with one data key of 32 bytes."""

    def __init__(self, data_key: bytes) -> None:
        if len(data_key) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        self._cipher = AESGCM(_derive(data_key, b"seal"))
        self._index_key = _derive(data_key, b"blind index")
        self._key_id = sha256(_derive(data_key, b"key id")).digest()[:_KEY_ID_BYTES]

    @classmethod
    def from_text(cls, data_key: str) -> Vault:
        """Make a vault from a data key in base64 (standard or URL-safe alphabet)."""
        return cls(base64.b64decode(data_key.replace("-", "+").replace("_", "/") + "=="))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Return `plain` encrypted for `purpose` (a table's column, "evidence", ...)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + self._key_id + nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what `seal` was given; raise CannotOpen for another key, another purpose or a changed value."""
        head = len(_FORMAT) + _KEY_ID_BYTES
        if sealed[: len(_FORMAT)] != _FORMAT or sealed[len(_FORMAT) : head] != self._key_id:
            raise CannotOpen("sealed with another key")
        nonce, body = sealed[head : head + _NONCE_BYTES], sealed[head + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, purpose.encode())
        except InvalidTag:
            raise CannotOpen("changed, or sealed for another purpose") from None

    def blind_index(self, value: str | bytes, purpose: str) -> str:
        """Return 64 hexadecimal digits under which `value` is found again without being readable."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.digest(self._index_key, purpose.encode() + b"\0" + data, "sha256").hex()


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(data_key)
