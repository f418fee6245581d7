"""`flask regions import`: subdistricts and communities under the districts that are there from the beginning."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from casework.regions import read_region, take_over_region
from casework.roster_rows import RowRefused
from commands.output import json_option, print_json, refusals_printed
from commands.rejects import Rejects
from commands.tables import opened_table
from services import services
from words import REGION_HEADINGS, REGIONS_IMPORTED, ROSTER

regions = AppGroup("regions", help="The tree of regions.")


@regions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def import_regions(file: Path, *, as_json: bool) -> None:
    """Take regions over from FILE (columns code, name, telephone; a parent before its children)."""
    counts = {"read": 0, "added": 0, "updated": 0, "unchanged": 0}
    with (
        refusals_printed(as_json=as_json),
        opened_table(file, REGION_HEADINGS, ("code", "name")) as table,
        Rejects(file, table.columns) as rejects,
        services().transactions() as session,
    ):
        for line in table.lines:
            counts["read"] += 1
            try:
                counts[take_over_region(session, read_region(table.by_field(line)))] += 1
            except RowRefused as refused:
                rejects.add(line, [ROSTER[reason] for reason in refused.reasons])
    report = {**counts, "rejected": rejects.count, "rejected_file": str(rejects.path) if rejects.count else None}
    if as_json:
        print_json(report)
    else:
        click.echo(REGIONS_IMPORTED.format(**report))
        if rejects.count:
            click.echo(str(rejects.path))
