from __future__ import annotations

import base64
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from models.suites import Suite
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = (base64.b64encode(bytes([sign]) * 32).decode() for sign in (1, 2))


def _read(folder: Path, **given: str) -> Settings:
    return Settings.read({"DATA_DIR": str(folder)} | given)


def test_a_previous_key_opens_what_it_sealed(tmp_path: Path) -> None:
    sealed = _read(tmp_path, DATA_KEY=OLD).open_vault().seal(b"name", "a")
    both = _read(tmp_path, DATA_KEY=NEW, DATA_KEY_PREVIOUS=f"{OLD}, sm4-gcm:{OLD}").open_vault()
    assert both.open(sealed, "a") == b"name"


def test_the_suite_is_chosen_by_name(tmp_path: Path) -> None:
    settings = _read(tmp_path, DATA_KEY=NEW, CIPHER_SUITE="sm4-gcm")
    assert settings.cipher_suite is Suite.SM4_GCM
    assert settings.open_vault().seal(b"name", "a")[:1] == b"\x02"
    with pytest.raises(SettingsError, match=r"^CIPHER_SUITE: .*aes-256-gcm or sm4-gcm"):
        _read(tmp_path, CIPHER_SUITE="des")


def _printing(*lines: str, status: int = 0) -> str:
    told = "\n".join(lines)
    return shlex.join([sys.executable, "-c", f"print({told!r}); raise SystemExit({status})"])


def test_keys_come_from_a_key_management_system(tmp_path: Path) -> None:
    settings = _read(tmp_path, DATA_KEY_COMMAND=_printing(NEW, OLD))
    assert settings.data_key == NEW
    assert settings.data_key_previous == OLD
    assert not (tmp_path / "data_key").exists()


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (_printing(NEW, status=3), "CalledProcessError"),
        ("/no/such/command", "FileNotFoundError"),
        ("'unfinished", "ValueError"),
        (_printing(), "printed no key"),
    ],
)
def test_a_key_management_system_that_fails_ends_the_start(tmp_path: Path, command: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=wrong) as refused:
        _read(tmp_path, DATA_KEY_COMMAND=command)
    assert refused.value.name == "DATA_KEY_COMMAND"
    assert NEW not in str(refused.value)


def test_a_key_is_given_in_one_way(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DATA_KEY_COMMAND: DATA_KEY is given as well"):
        _read(tmp_path, DATA_KEY=OLD, DATA_KEY_COMMAND=_printing(NEW))


def test_a_wrong_previous_key_is_named_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DATA_KEY_PREVIOUS: ") as refused:
        _read(tmp_path, DATA_KEY=OLD, DATA_KEY_PREVIOUS="hunter2hunter2")
    assert "hunter2" not in str(refused.value)
