"""Passwords of staff: argon2id, and what a new one must be."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from refusal import Refusal

LEAST_CHARACTERS, MOST_CHARACTERS = 10, 200
_LEAST_DIFFERENT = 5
# Printed for every newcomer to try the console with: no password at all where real people are.
DEMONSTRATION_PASSWORD = "demo-pension-2026"  # noqa: S105 - known to everybody on purpose

# The library's defaults are those of RFC 9106's second choice: 64 MiB, three passes.
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash to be kept."""
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Say whether that is the password; without a hash the same work is done, so that nobody learns who exists."""
    try:
        _hasher.verify(password_hash or _of_nobody(), password[:MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def check_new_password(password: str, login: str) -> None:
    """Raise Refusal `password_weak` for one that is short, of few signs, or holds the login."""
    fits = LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS
    if not fits or len(set(password)) < _LEAST_DIFFERENT or login in password.lower():
        raise Refusal("password_weak", field="password", least=LEAST_CHARACTERS)


@cache
def _of_nobody() -> str:
    return _hasher.hash("nobody has this one")
