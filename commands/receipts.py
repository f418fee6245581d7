"""`flask receipts`: verify a receipt by public keys alone, print keys and what was revoked, change the key."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from certification.receipt_tokens import (
    CERTIFICATION,
    NotGenuine,
    Statement,
    find_token,
    list_keys,
    list_revoked,
    new_signing_key,
    public_keys,
    read_keys,
    read_revoked,
    read_token,
    revoked_digest,
)
from clock import local_date
from commands.output import json_option, operator, print_json, read_content, refusals_printed
from refusal import Refusal
from services import services
from words.protection import RECEIPT_VERDICTS

receipts = AppGroup("receipts", help="Signed receipts.")
_file = click.Path(path_type=Path)


@receipts.command("verify")
@click.argument("token")
@click.option("--keys", "keys_file", type=_file, help="The published keys; without it those of the database.")
@click.option("--revoked", "revoked_file", type=_file, help="The published list; without it that of the database.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it should count; today.")
@json_option
def verify(
    token: str, keys_file: Path | None, revoked_file: Path | None, day: datetime | None, *, as_json: bool
) -> None:
    """Say whether TOKEN (or the address that a QR code holds) is ours and counts; exit 1 when it does not.

    With both files nothing else is read: no database, no network.
    """
    on = day.date() if day else local_date(services().clock.now())
    with refusals_printed(as_json=as_json):
        keys = _keys(keys_file)
        try:
            statement = read_token(find_token(token) or token, keys)
        except NotGenuine as not_genuine:
            raise Refusal("receipt_not_genuine", field="token", why=not_genuine.why) from None
        as_of, revoked = _revoked(revoked_file, keys)
    is_revoked = revoked_digest(statement.number) in revoked
    counts = not is_revoked and (
        statement.kind != CERTIFICATION or statement.last_day is None or on <= statement.last_day
    )
    if as_json:
        told = {name: _plain(value) for name, value in asdict(statement).items() if value is not None}
        print_json({"genuine": True, "revoked": is_revoked, "counts": counts, "revoked_as_of": _plain(as_of), **told})
    else:
        click.echo(
            RECEIPT_VERDICTS[_verdict(statement, counts=counts, is_revoked=is_revoked)].format(**_said(statement))
        )
    sys.exit(0 if counts else 1)


@receipts.command("keys")
def print_keys() -> None:
    """Print the public keys, as they are published."""
    with refusals_printed(as_json=True), services().transactions() as session:
        print_json({"keys": list_keys(session)})


@receipts.command("revoked")
def print_revoked() -> None:
    """Print the signed list of what was revoked, as it is published."""
    with refusals_printed(as_json=True), services().transactions() as session:
        print_json(list_revoked(session, now=services().clock.now()))


@receipts.command("new-key")
@json_option
def add_key(*, as_json: bool) -> None:
    """Sign with a new key from now on; receipts that were signed before verify as before."""
    with refusals_printed(as_json=as_json), services().transactions() as session:
        key = new_signing_key(session, operator(), now=services().clock.now())
        told = {"key": key.key_id}
    if as_json:
        print_json(told)
    else:
        click.echo(told["key"])


def _keys(path: Path | None) -> dict[str, bytes]:
    if path is None:
        with services().transactions() as session:
            return public_keys(session)
    try:
        return read_keys(json.loads(read_content(path, "keys"))["keys"])
    except (ValueError, TypeError, KeyError):
        raise Refusal("file_unreadable", field="keys", path=path.name) from None


def _revoked(path: Path | None, keys: dict[str, bytes]) -> tuple[date, frozenset[str]]:
    if path is None:
        with services().transactions() as session:
            listed = list_revoked(session, now=services().clock.now())
            return read_revoked(listed, public_keys(session))
    try:
        return read_revoked(json.loads(read_content(path, "revoked")), keys)
    except (ValueError, AttributeError, NotGenuine):
        raise Refusal("file_unreadable", field="revoked", path=path.name) from None


def _verdict(statement: Statement, *, counts: bool, is_revoked: bool) -> str:
    if is_revoked:
        return "revoked"
    if statement.kind != CERTIFICATION:
        return "act"
    return "counts" if counts else "expired"


def _said(statement: Statement) -> dict[str, str]:
    return {
        "number": statement.number,
        "name": statement.masked_name or "",
        "last_day": statement.last_day.isoformat() if statement.last_day else "",
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
