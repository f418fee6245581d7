"""`flask database`: bring the database to the shape of the tables."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import Engine

from commands.output import refusals_printed
from models import schema
from models.roles import CannotProtect, allow_role
from models.vault_check import remember_key
from refusal import Refusal
from services import services
from words.protection import DATABASE_PROTECTED

database = AppGroup("database", help="Bring the database to the shape of the tables.")


def _engine() -> Engine:
    bind = services().database
    return bind if isinstance(bind, Engine) else bind.engine


@database.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Run the migrations up to REVISION (all of them by default)."""
    with refusals_printed(as_json=False):
        schema.upgrade(_engine(), revision)
        if revision == "head":
            with services().transactions() as session:
                remember_key(session, services().vault)


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take migrations back down to REVISION ("base": all of them). What they added is lost."""
    schema.downgrade(_engine(), revision)


@database.command("protect")
@click.argument("role")
def protect(role: str) -> None:
    """Let the application's ROLE read and write, but only add to the audit. Run as the owner of the tables."""
    with refusals_printed(as_json=False):
        try:
            with services().transactions() as session:
                allow_role(session.connection(), role)
        except CannotProtect as cannot:
            raise Refusal(f"protect_{cannot.why}", field="role") from None
    click.echo(DATABASE_PROTECTED.format(role=role))


@database.command("revision")
@click.option("-m", "--message", required=True, help="What the migration does, in a few words.")
def revision(message: str) -> None:
    """Write the next migration from the difference between the models and this database."""
    schema.revise(_engine(), message)
