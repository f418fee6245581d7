"""Reading one setting: from NAME or from the file that NAME_FILE names, with one line for whatever is wrong."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line that names it and says what to write."""

    def __init__(self, name: str, wrong: str, write: str) -> None:
        super().__init__(f"{name}: {wrong}; write {write}")
        self.name = name


class Environment(StrEnum):
    """Where this process runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Reader:
    """Reads NAME or NAME_FILE and says what is wrong with it. An empty value is one that is not given."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def given(self, name: str) -> str | None:
        """Return the value as it stands, without the white space around it."""
        value, file = self._environ.get(name, "").strip(), self._environ.get(f"{name}_FILE", "").strip()
        if value and file:
            raise SettingsError(name, f"{name}_FILE is given as well", "one of the two")
        if file:
            try:
                value = Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError):
                raise SettingsError(f"{name}_FILE", "that file cannot be read", "the path of a text file") from None
        return value or None

    def text(self, name: str, default: str) -> str:
        """Return any text."""
        return self.given(name) or default

    def one_of(self, name: str, allowed: list[str], default: str) -> str:
        """Return one of `allowed`."""
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsError(name, f"{value!r} is none of its values", " or ".join(allowed))
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise SettingsError(name, f"{value!r} is not such a number", f"a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str) -> float | None:
        """Return a decimal number above 0 and below 10, or None."""
        value = self.given(name)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < 10:  # noqa: PLR2004 - no engine has such distances; catches a percentage
            raise SettingsError(name, f"{value!r} is not a distance", "a number such as 0.38")
        return number

    def path(self, name: str, default: Path) -> Path:
        """Return a path; a relative one starts at the project's folder, wherever the command was started."""
        return ROOT / self.text(name, str(default))

    def existing_file(self, name: str) -> Path | None:
        """Return the path of a file that is there, or None."""
        value = self.given(name)
        if value is None:
            return None
        path = ROOT / value
        if not path.is_file():
            raise SettingsError(name, f"there is no file {value!r}", "the path of a file")
        return path


def split_address(text: str) -> SplitResult:
    """Take an address apart; of one that cannot be, or whose port is none, nothing is left."""
    try:
        address = urlsplit(text)
        _ = address.port
    except ValueError:
        return urlsplit("")
    return address


def kept_key(reader: Reader, name: str, environment: Environment, data_dir: Path, make: Callable[[], str]) -> str:
    """Return a key; in development one that was not given is made once and kept, readable by this user alone."""
    given = reader.given(name)
    if given is not None:
        return given
    if environment is Environment.PRODUCTION:
        raise SettingsError(name, "it must be given in production", f"it, or {name}_FILE with the path of a file")
    kept, fresh = data_dir / name.lower(), data_dir / f".{name.lower()}.{os.getpid()}"
    if not kept.exists():
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
        try:
            # a link, not a rename: of two first starts at once, one key wins and both use it
            kept.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept.read_text().strip()
