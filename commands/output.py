"""How commands answer: one JSON document under --json, otherwise lines for a person; a refusal ends with exit 1."""

from __future__ import annotations

import getpass
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from certification.face.types import PictureRefused
from models.audit import Actor, ActorKind
from refusal import Refusal
from services import services
from words import ADVICE, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# By the beginning of what PostgreSQL (SQLSTATE) or SQLite (its error's name) calls it. For a table or a column that is
# not there SQLite has no name of its own.
_CAUSES = {
    "42P01": "tables_missing",
    "42703": "tables_missing",
    "SQLITE_ERROR": "tables_missing",
    "42501": "database_forbids",
    "SQLITE_READONLY": "database_forbids",
    "53100": "database_full",
    "SQLITE_FULL": "database_full",
}

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def print_json(document: dict[str, Any]) -> None:
    """Print the one document of a command."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_refusal(refusal: Refusal, *, as_json: bool) -> NoReturn:
    """Say why the input is refused, as `{"error": {code, message, field}}` or as a sentence, and exit with 1."""
    message = (ADVICE | REFUSALS)[refusal.code].format(**refusal.values)
    if as_json:
        error = {"code": refusal.code, "message": message}
        print_json({"error": error | ({"field": refusal.field} if refusal.field else {})})
    else:
        click.echo(message, err=True)
    sys.exit(1)


@contextmanager
def refusals_printed(*, as_json: bool) -> Iterator[None]:
    """Print a refusal raised in the block and exit with 1; so are a database out of reach and one without tables."""
    try:
        yield
    except PictureRefused as refused:
        print_refusal(Refusal(refused.advice.value), as_json=as_json)
    except Refusal as refusal:
        print_refusal(refusal, as_json=as_json)
    except (OperationalError, ProgrammingError) as error:
        print_refusal(Refusal(why_no_database(error)), as_json=as_json)
    except OSError as fault:
        if fault.filename is None or fault.strerror is None:
            raise
        print_refusal(Refusal("path_unusable", path=fault.filename, why=fault.strerror), as_json=as_json)


def read_content(path: Path, field: str) -> bytes:
    """Return the bytes of a file named on the command line; raise Refusal `file_not_found` or `file_unreadable`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal("file_not_found", field=field, path=path.name) from None
    except OSError:
        raise Refusal("file_unreadable", field=field, path=path.name) from None


def why_no_database(error: DBAPIError) -> str:
    """Return the code of what is wrong with a database that just failed: whoever reads it does something about it."""
    told = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
    try:
        with services().transactions() as session:
            session.execute(select(1))
    except (OperationalError, ProgrammingError):
        return "database_unreachable"
    return next((code for begin, code in _CAUSES.items() if told.startswith(begin)), "database_failed")


def operator() -> Actor:
    """Return who runs this command: the login name on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor(ActorKind.COMMAND, name[:64])
