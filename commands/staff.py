"""`flask staff`: the first officer is made here; everybody else in the console."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from casework.staff import add_staff
from commands.output import json_option, operator, print_json, refusals_printed
from models.staff import StaffRole
from services import services
from words import STAFF_ADDED

staff = AppGroup("staff", help="Logins of the staff console.")


@staff.command("add")
@click.option("--login", required=True, help="3 to 32 small letters, digits, dots or dashes.")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in StaffRole]), required=True)
@click.option("--region", required=True, help="The region's code: 6, 9 or 12 digits.")
@json_option
def add(login: str, name: str, role: str, region: str, *, as_json: bool) -> None:
    """Add somebody and print their first password, once."""
    with refusals_printed(as_json=as_json), services().transactions() as session:
        made, password = add_staff(
            session,
            None,
            login=login,
            name=name,
            role=StaffRole(role),
            region_code=region,
            actor=operator(),
            now=services().clock.now(),
        )
        told = {"login": made.login, "password": password}
    if as_json:
        print_json(told)
    else:
        click.echo(STAFF_ADDED.format(**told))
