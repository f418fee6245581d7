"""The settings of the data keys: which key seals, which ones open besides, by which algorithms, and where keys are."""

from __future__ import annotations

import base64
import secrets
import shlex
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.suites import KEY_BYTES, Suite
from models.vault import DataKey, Vault
from settings.reader import SettingsError, kept_key

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Environment, Reader

_KEY = f"{KEY_BYTES} random bytes in base64, as `openssl rand -base64 {KEY_BYTES}` prints them"
_COMMAND_SECONDS = 30


@dataclass(frozen=True)
class KeySettings:
    """The data keys."""

    data_key: str = field(repr=False)
    data_key_previous: str | None = field(repr=False)
    data_key_command: str | None
    cipher_suite: Suite

    def open_vault(self) -> Vault:
        """Return the vault with these keys."""
        return Vault.from_text(self.data_key, _listed(self.data_key_previous), self.cipher_suite)


def read_keys(reader: Reader, environment: Environment, data_dir: Path) -> dict[str, Any]:
    """Read and check the settings of the data keys; raise SettingsError for the first that is wrong."""
    suite = Suite(reader.one_of("CIPHER_SUITE", list(Suite), Suite.AES_256_GCM))
    command = reader.given("DATA_KEY_COMMAND")
    if command is not None and reader.given("DATA_KEY") is not None:
        raise SettingsError("DATA_KEY_COMMAND", "DATA_KEY is given as well", "one of the two")
    if command is None:
        key, previous = kept_key(reader, "DATA_KEY", environment, data_dir, _new_key), None
    else:
        key, *more = _asked(command)
        previous = ",".join(more) or None
    previous = reader.given("DATA_KEY_PREVIOUS") or previous
    _check("DATA_KEY", key, suite)
    for one in _listed(previous):
        _check("DATA_KEY_PREVIOUS", one, suite)
    return {
        "data_key": key,
        "data_key_previous": previous,
        "data_key_command": command,
        "cipher_suite": suite,
    }


def _listed(keys: str | None) -> list[str]:
    return [one.strip() for one in (keys or "").split(",") if one.strip()]


def _asked(command: str) -> list[str]:
    """Return the keys that a key management system gives out, one a line, the one in use first."""
    write = f"a command that prints {_KEY}, within {_COMMAND_SECONDS} s"
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            shlex.split(command), capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as failed:
        # what it printed may hold a key
        raise SettingsError("DATA_KEY_COMMAND", f"it failed ({type(failed).__name__})", write) from None
    if not done.stdout.split():
        raise SettingsError("DATA_KEY_COMMAND", "it printed no key", write)
    return done.stdout.split()


def _check(name: str, key: str, suite: Suite) -> None:
    try:
        DataKey.from_text(key, suite)
    except ValueError:
        raise SettingsError(name, f"it is not {KEY_BYTES} bytes in base64", _KEY) from None


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
