"""`flask database`: bring the database to the shape of the tables."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import Engine

from commands.output import refusals_printed
from models import schema
from models.vault_check import remember_key
from services import services

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


@database.command("revision")
@click.option("-m", "--message", required=True, help="What the migration does, in a few words.")
def revision(message: str) -> None:
    """Write the next migration from the difference between the models and this database."""
    schema.revise(_engine(), message)
