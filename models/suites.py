"""Two cipher suites: AES-256-GCM with SHA-256; SM4-GCM with SM3, for operators bound to Chinese cryptography."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES = 32
_SM4_KEY_BYTES = 16
_TAG_BYTES = 16


class Suite(StrEnum):
    """Which algorithms seal and digest."""

    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"


class Sealer(Protocol):
    """An authenticated cipher with a nonce of 12 bytes."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the ciphertext with its tag of 16 bytes."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plain text; raise InvalidTag."""


class Sm4Gcm:
    """SM4 in Galois counter mode, in the manner of `AESGCM`."""

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the ciphertext with its tag of 16 bytes."""
        encryptor = Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plain text; raise InvalidTag."""
        body, tag = data[:-_TAG_BYTES], data[-_TAG_BYTES:]
        try:
            decryptor = Cipher(self._key, modes.GCM(nonce, tag)).decryptor()
        except ValueError:
            raise InvalidTag from None  # too short to hold a nonce and a tag
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(body) + decryptor.finalize()


def derive(suite: Suite, data_key: bytes, purpose: bytes) -> bytes:
    """Return 32 bytes that follow from the data key for this purpose, by HKDF with the suite's hash."""
    return HKDF(algorithm=_hash(suite), length=KEY_BYTES, salt=None, info=purpose).derive(data_key)


def cipher_of(suite: Suite, data_key: bytes) -> Sealer:
    """Return the suite's cipher with the key that follows from the data key."""
    key = derive(suite, data_key, b"seal")
    return AESGCM(key) if suite is Suite.AES_256_GCM else Sm4Gcm(key[:_SM4_KEY_BYTES])


def keyed_digest(suite: Suite, key: bytes) -> Callable[[bytes], bytes]:
    """Return the function from a message to a digest of 32 bytes: HMAC with the suite's hash and this key."""
    begun = HMAC(key, _hash(suite))

    def digest(message: bytes) -> bytes:
        # a copy of what the key began: to begin anew would take most of the time of a short message
        made = begun.copy()
        made.update(message)
        return made.finalize()

    return digest


def plain_digest(suite: Suite, message: bytes) -> bytes:
    """Return the suite's plain hash of a message."""
    made = hashes.Hash(_hash(suite))
    made.update(message)
    return made.finalize()


def _hash(suite: Suite) -> hashes.HashAlgorithm:
    return hashes.SHA256() if suite is Suite.AES_256_GCM else hashes.SM3()
