"""`flask wechat ...`: pushing the menu, giving out confirmation codes, sending what waits."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from casework.bindings import issue_code
from casework.roster import find_by_id_number
from clock import local_date
from commands.output import json_option, operator, print_json, refusals_printed
from refusal import Refusal
from services import services
from wechat import WechatRefused
from words import CODE_ISSUED, MENU_PUSHED

wechat = AppGroup("wechat", help="The official account.")
menu = AppGroup("menu", help="The official account's menu.")
wechat.add_command(menu)


@menu.command("push")
@json_option
def push(*, as_json: bool) -> None:
    """Replace the account's menu by the one declared here, and the conditional one of relatives."""
    with refusals_printed(as_json=as_json):
        if not services().settings.has_wechat:
            raise Refusal("no_official_account")
        try:
            entries = services().push_menu()
        except WechatRefused as refused:
            raise Refusal("wechat_refused", errcode=refused.errcode) from None
    if as_json:
        print_json({"entries": entries})
    else:
        click.echo(MENU_PUSHED.format(entries=", ".join(entries)))


@wechat.command("code")
@click.option("--id-number", required=True, help="Whose binding the code will confirm.")
@json_option
def code(id_number: str, *, as_json: bool) -> None:
    """Give out a confirmation code for a retiree whose identity card was seen."""
    parts = services()
    with refusals_printed(as_json=as_json), parts.transactions() as session:
        retiree = find_by_id_number(session, id_number, vault=parts.vault)
        if retiree is None:
            raise Refusal("unknown_retiree", field="id_number")
        issued, expires_at = issue_code(
            session,
            retiree,
            days=parts.settings.confirmation_code_days,
            vault=parts.vault,
            actor=operator(),
            now=parts.clock.now(),
        )
    expires_on = local_date(expires_at)
    if as_json:
        print_json({"code": issued, "expires_on": expires_on.isoformat()})
    else:
        click.echo(CODE_ISSUED.format(code=issued, year=expires_on.year, month=expires_on.month, day=expires_on.day))
