"""`flask doctor`: whether everything that is stored agrees with itself; runs beside the service, changes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext
from sqlalchemy import text

from casework.consistency import Finding, as_dicts, check_rows, finding_of
from casework.trail_check import check_pictures, check_trails, list_orphans
from commands.output import json_option, print_json, refusals_printed
from models import schema
from services import services
from words.doctor import CHECKS, CLEAN, FOUND, MENDED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.command("doctor")
@click.option("--mend", is_flag=True, help="Remove pictures that no row has named for a day, before looking.")
@json_option
@with_appcontext
def doctor(*, mend: bool, as_json: bool) -> None:
    """Look for what does not belong together; exit with 1 when anything is found."""
    with refusals_printed(as_json=as_json):
        mended = _remove_orphans() if mend else 0
        findings = examine()
    if as_json:
        print_json({"clean": not findings, "mended": mended, "findings": as_dicts(findings)})
    else:
        if mend:
            click.echo(MENDED.format(count=mended))
        for one in findings:
            click.echo(FOUND.format(what=CHECKS[one.check], count=one.count, examples=", ".join(one.examples)))
        if not findings:
            click.echo(CLEAN)
    sys.exit(1 if findings else 0)


def examine() -> list[Finding]:
    """Run every check; a database without its newest shape is not looked at further."""
    parts, now = services(), services().clock.now()
    with parts.transactions() as session:
        if not schema.is_at_head(session.connection()):
            return [Finding("migrations_missing", 1, ())]
        findings = [*_check_file(session), *check_rows(session, now=now), *check_trails(session)]
    try:
        with parts.transactions() as session:
            findings += check_pictures(session, parts.evidence, now=now)
    except OSError as fault:
        findings.append(Finding("pictures_out_of_reach", 1, (type(fault).__name__,)))
    return findings


def _check_file(session: Session) -> list[Finding]:
    """Look whether the database's own file is whole, where it is one."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    damage = [row[0] for row in session.execute(text("PRAGMA quick_check")) if row[0] != "ok"]
    severed = [f"{row[0]} {row[1]}" for row in session.execute(text("PRAGMA foreign_key_check"))]
    return finding_of("database_damaged", damage) + finding_of("row_refers_to_nothing", severed)


def _remove_orphans() -> int:
    parts = services()
    with parts.transactions() as session:
        orphans = list(list_orphans(session, parts.evidence, now=parts.clock.now()))
    for key in orphans:
        parts.evidence.delete(key)
    return len(orphans)
