"""`flask benefits`: the night run, a month's payment file, monthly amounts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from casework.benefit_amounts import set_amount
from casework.night_run import prepare, rehearse, sweep
from casework.payment_folder import close_month
from casework.roster import find_by_id_number
from clock import local_date
from commands.circles import seldom_collected
from commands.output import json_option, operator, print_json, refusals_printed
from commands.rejects import Rejects
from commands.tables import opened_table
from policy.money import read_yuan, write_yuan
from policy.months import read_month, write_month
from refusal import Refusal
from services import services
from words.benefits import AMOUNT_HEADINGS, AMOUNT_REASONS, AMOUNTS_SET, NIGHT_RUN, NIGHT_STEPS, PAYMENT_FILE

if TYPE_CHECKING:
    from datetime import date, datetime

benefits = AppGroup("benefits", help="Who is paid next month, and why.")


class _Month(click.ParamType[int]):
    name = "month"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return read_month(value)
        except ValueError:
            self.fail(f"{value!r} is no month such as 2025-03", param, ctx)


@benefits.command("sweep")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="By which day things fall due.  [default: today]")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@json_option
def sweep_command(as_of: datetime | None, *, dry_run: bool, as_json: bool) -> None:
    """Do everything that falls due by a day; the same again does nothing."""
    at_hand = services()
    now = at_hand.clock.now()
    with refusals_printed(as_json=as_json):
        night = prepare(
            at_hand.transactions,
            _day(as_of, now),
            rules=at_hand.rules,
            benefit_terms=at_hand.benefit_terms,
            terms=at_hand.terms,
            vault=at_hand.vault,
            actor=operator(),
            now=now,
        )
        began = time.perf_counter()
        counts = (rehearse if dry_run else sweep)(at_hand.transactions, night)
        elapsed_ms = round((time.perf_counter() - began) * 1000)
    if as_json:
        print_json({"as_of": night.as_of.isoformat(), "dry_run": dry_run, **counts, "elapsed_ms": elapsed_ms})
        return
    click.echo(NIGHT_RUN.format(day=night.as_of.isoformat()))
    for name, count in counts.items():
        click.echo(f"{NIGHT_STEPS[name]} {count}")


@benefits.command("payment-file")
@click.option("--month", type=_Month(), required=True, help="Such as 2025-03.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder.  [default: PAYMENT_DIR]")
@json_option
def payment_file(month: int, out: Path | None, *, as_json: bool) -> None:
    """Close a month: write who is paid what, and why that differs from the month before. Closed once, it stays."""
    at_hand = services()
    began = time.perf_counter()
    with refusals_printed(as_json=as_json), seldom_collected():
        closed = close_month(
            at_hand.transactions,
            out or at_hand.settings.payment_dir,
            month,
            closed_by=operator().name,
            now=at_hand.clock.now(),
        )
    report = {
        "month": write_month(month),
        "file": str(closed.path),
        "differences": str(closed.differences_path),
        "sha256": closed.sha256,
        "people": closed.people,
        "regular": write_yuan(closed.regular_cents),
        "back_pay": write_yuan(closed.back_pay_cents),
        "total": write_yuan(closed.regular_cents + closed.back_pay_cents),
        "without_amount": closed.without_amount,
        "was_closed": closed.was_closed,
        "elapsed_ms": round((time.perf_counter() - began) * 1000),
    }
    if as_json:
        print_json(report)
    else:
        click.echo(PAYMENT_FILE.format(**report))


@benefits.command("amounts")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def amounts(file: Path, *, as_json: bool) -> None:
    """Take monthly amounts over from FILE (identity number, amount in yuan, from which month, number of payment)."""
    counts = {"read": 0, "added": 0, "updated": 0, "unchanged": 0}
    with (
        refusals_printed(as_json=as_json),
        opened_table(file, AMOUNT_HEADINGS, ("id_number", "amount")) as table,
        Rejects(file, table.columns) as rejects,
    ):
        for line in table.lines:
            counts["read"] += 1
            last = len(table.columns) - 1
            if any(cell.strip() for cell in line[last + 1 :]):
                # a comma within an amount parts it: the first half must not pass for the whole
                rejects.add([*line[:last], ",".join(line[last:])], [AMOUNT_REASONS["too_many_cells"]])
                continue
            try:
                counts[_take_amount(table.by_field(line))] += 1
            except Refusal as refused:
                rejects.add(line, [AMOUNT_REASONS[refused.code]])
    report = {**counts, "rejected": rejects.count, "rejected_file": str(rejects.path) if rejects.count else None}
    if as_json:
        print_json(report)
    else:
        click.echo(AMOUNTS_SET.format(**report))


def _take_amount(cells: dict[str, str]) -> str:
    at_hand = services()
    try:
        cents = read_yuan(cells.get("amount", ""))
        month = read_month(cells["from_month"]) if cells.get("from_month", "").strip() else None
    except ValueError:
        raise Refusal("amount_wrong") from None
    with at_hand.transactions() as session:
        retiree = find_by_id_number(session, cells.get("id_number", ""), vault=at_hand.vault)
        if retiree is None:
            raise Refusal("unknown_retiree")
        return set_amount(
            session,
            retiree,
            cents,
            from_month=month,
            number=cells.get("number", "").strip() or None,
            actor=operator(),
            now=at_hand.clock.now(),
        )


def _day(given: datetime | None, now: datetime) -> date:
    return given.date() if given is not None else local_date(now)
