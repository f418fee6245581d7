from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.suites import Sm4Gcm, Suite, plain_digest
from models.vault import CannotOpen, DataKey, Vault

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


OLD, NEW = DataKey(KEY), DataKey(bytes(range(1, 33)))


def test_an_earlier_key_opens_and_the_present_one_seals() -> None:
    old = Vault(OLD).seal(b"name", "retirees.name")
    both = Vault(NEW, [OLD])
    assert both.open(old, "retirees.name") == b"name"
    assert both.seal(b"name", "retirees.name").startswith(Vault(NEW).head)
    with pytest.raises(CannotOpen):
        Vault(NEW).open(old, "retirees.name")


def test_what_stands_under_either_key_is_found() -> None:
    both = Vault(NEW, [OLD])
    found = both.blind_indexes("430102", "retirees.id_number")
    assert found == [vault.blind_index("430102", "retirees.id_number") for vault in (Vault(NEW), Vault(OLD))]
    assert both.blind_index("430102", "retirees.id_number") == found[0]


def test_a_retired_key_still_finds_and_proves_and_opens_nothing() -> None:
    old, later = Vault(OLD), Vault(NEW)
    later.remember(Vault(NEW, [OLD]).earlier_keys())
    assert old.blind_index(b"frame", "frames") in later.blind_indexes_ever(b"frame", "frames")
    assert old.blind_index(b"frame", "frames") not in later.blind_indexes(b"frame", "frames")
    assert later.is_signed(b"act", "audit", old.sign(b"act", "audit"))
    with pytest.raises(CannotOpen):
        later.open(old.seal(b"name", "retirees.name"), "retirees.name")


@pytest.mark.parametrize("suite", Suite)
def test_a_signature_is_of_its_content_its_purpose_and_its_key(suite: Suite) -> None:
    vault = Vault(DataKey(KEY, suite))
    signature = vault.sign(b"act", "audit")
    assert len(signature) == 36
    assert vault.is_signed(b"act", "audit", signature)
    assert not vault.is_signed(b"Act", "audit", signature)
    assert not vault.is_signed(b"act", "receipt", signature)
    assert not vault.is_signed(b"act", "audit", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not vault.is_signed(b"act", "audit", b"")
    assert not Vault(DataKey(bytes(32), suite)).is_signed(b"act", "audit", signature)


def test_sm4_takes_over_from_aes_with_the_same_key() -> None:
    aes = Vault(OLD)
    sm4 = Vault(DataKey(KEY, Suite.SM4_GCM), [OLD])
    assert sm4.open(aes.seal(b"name", "a"), "a") == b"name"
    assert sm4.seal(b"name", "a")[0] != aes.seal(b"name", "a")[0]
    assert sm4.key_id != aes.key_id


@given(st.binary(max_size=200), st.text(max_size=20), st.integers(0, 300))
def test_sm4_opens_what_it_sealed_and_nothing_changed(plain: bytes, purpose: str, place: int) -> None:
    vault = Vault(DataKey(KEY, Suite.SM4_GCM))
    sealed = vault.seal(plain, purpose)
    assert vault.open(sealed, purpose) == plain
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1
    with pytest.raises(CannotOpen):
        vault.open(bytes(changed), purpose)
    with pytest.raises(CannotOpen):
        vault.open(sealed[: place % len(sealed)], purpose)


def test_sm4_gcm_and_sm3_give_the_published_values() -> None:
    # RFC 8998, appendix A.1
    sealer = Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    plain = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    nonce, known = bytes.fromhex("00001234567800000000abcd"), bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = sealer.encrypt(nonce, plain, known)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    # GB/T 32905, appendix A
    assert plain_digest(Suite.SM4_GCM, b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


@pytest.mark.parametrize("text", ["", "aes-256-gcm:", "des:" + base64.b64encode(KEY).decode(), "有", "AAAA"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        DataKey.from_text(text)


def test_a_key_may_name_its_suite() -> None:
    text = base64.b64encode(KEY).decode()
    assert DataKey.from_text(f"sm4-gcm:{text}") == DataKey(KEY, Suite.SM4_GCM)
    assert DataKey.from_text(text, Suite.SM4_GCM) == DataKey(KEY, Suite.SM4_GCM)


def test_a_key_is_not_written_into_messages() -> None:
    assert "\\x1f" not in repr(DataKey(KEY))
