"""`flask keys`: let one data key take over from another while the service runs."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from casework.key_rotation import count_left, finish, is_finished, rotate
from commands.output import json_option, operator, print_json, refusals_printed
from models.vault import CannotOpen
from refusal import Refusal
from services import services
from words.protection import KEYS

keys = AppGroup("keys", help="The data keys: see docs/security.md.")


@keys.command("status")
@json_option
def status(*, as_json: bool) -> None:
    """Say how much is still sealed with another key than the present one."""
    with refusals_printed(as_json=as_json), services().transactions() as session:
        left, finished = count_left(session, services().vault), is_finished(session, services().vault)
    told = {"key": services().vault.key_id, "left": left, "finished": finished}
    if as_json:
        print_json(told)
    else:
        click.echo(KEYS["status"].format(key=services().vault.key_id, left=sum(left.values())))
        click.echo(KEYS["finished" if finished else "unfinished"])


@keys.command("rotate")
@json_option
def rotate_keys(*, as_json: bool) -> None:
    """Seal everything anew with the present key. May be stopped and started again; runs beside the service."""
    parts = services()
    with refusals_printed(as_json=as_json):
        with parts.transactions() as session:
            left = count_left(session, parts.vault)
        done: dict[str, int] = {}
        try:
            with click.progressbar(length=sum(left.values()), label=KEYS["rotating"], file=sys.stderr) as bar:
                for step in rotate(parts.transactions, parts.evidence, vault=parts.vault, now=parts.clock.now()):
                    done[step.name] = done.get(step.name, 0) + step.done
                    bar.update(step.done)
        except CannotOpen:
            raise Refusal("key_missing") from None
        with parts.transactions() as session:
            finished = finish(session, vault=parts.vault, actor=operator(), now=parts.clock.now())
    if as_json:
        print_json({"key": parts.vault.key_id, "done": done, "finished": finished})
    else:
        click.echo(KEYS["rotated"].format(key=parts.vault.key_id, rows=sum(done.values())))
        click.echo(KEYS["finished" if finished else "unfinished"])
