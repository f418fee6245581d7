from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vault import CannotOpen, Vault

KEY = bytes(range(32))


@given(st.binary(max_size=500), st.text(max_size=20))
def test_what_was_sealed_opens_again(plain: bytes, purpose: str) -> None:
    vault = Vault(KEY)
    sealed = vault.seal(plain, purpose)
    assert vault.open(sealed, purpose) == plain
    assert len(sealed) > len(plain)
    assert vault.seal(plain, purpose) != sealed


def test_another_key_opens_nothing() -> None:
    sealed = Vault(KEY).seal(b"name", "retirees.name")
    with pytest.raises(CannotOpen):
        Vault(bytes(32)).open(sealed, "retirees.name")


def test_a_value_in_another_column_does_not_open() -> None:
    sealed = Vault(KEY).seal(b"name", "retirees.name")
    with pytest.raises(CannotOpen):
        Vault(KEY).open(sealed, "retirees.phone")


@pytest.mark.parametrize("place", [0, 3, 8, -1])
def test_a_changed_value_does_not_open(place: int) -> None:
    sealed = bytearray(Vault(KEY).seal(b"name", "retirees.name"))
    sealed[place] ^= 1
    with pytest.raises(CannotOpen):
        Vault(KEY).open(bytes(sealed), "retirees.name")


@pytest.mark.parametrize("short", [b"", b"\x01", b"\x01\x02\x03"])
def test_a_value_cut_short_does_not_open(short: bytes) -> None:
    with pytest.raises(CannotOpen):
        Vault(KEY).open(short, "retirees.name")


def test_the_blind_index_is_keyed_and_bound_to_its_purpose() -> None:
    index = Vault(KEY).blind_index("430102", "retirees.id_number")
    assert index == Vault(KEY).blind_index(b"430102", "retirees.id_number")
    assert len(index) == 64
    assert index != Vault(bytes(32)).blind_index("430102", "retirees.id_number")
    assert index != Vault(KEY).blind_index("430102", "retirees.phone")


def test_a_key_is_read_from_either_alphabet() -> None:
    key = secrets.token_bytes(32)
    sealed = Vault(key).seal(b"name", "retirees.name")
    for text in (base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode().rstrip("=")):
        assert Vault.from_text(text).open(sealed, "retirees.name") == b"name"


def test_a_key_has_the_right_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(bytes(16))
