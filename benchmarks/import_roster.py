"""How many rows a second `flask people import` takes: `.venv/bin/python benchmarks/import_roster.py [ROWS]`.

Writes an invented roster, imports it into an empty database of its own, imports it again, and prints both rates.
With DATABASE_URL set the rows go there instead: name an empty database.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from commands.demo_people import invent_people, invent_places  # noqa: E402 - the path above
from words import ROSTER_HEADINGS, ROSTER_KINDS  # noqa: E402 - the same

COLUMNS = tuple(ROSTER_HEADINGS)


def write_roster(path: Path, rows: int) -> None:
    """Write `rows` invented people as a CSV with Chinese headings."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ROSTER_HEADINGS[column][0] for column in COLUMNS)
        for row in invent_people(rows, seed=7):
            kind = ROSTER_KINDS[row.insured_kind][0] if row.insured_kind else ""
            place = (row.community_code, row.agency_code)
            writer.writerow([row.identity.text, row.name, row.phone, row.address, *place, kind, row.entitled_from])


def write_regions(path: Path, rows: int) -> None:
    """Write the invented regions that so many people live in."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "name", "telephone"])
        writer.writerows([region.code, region.name, region.telephone] for region in invent_places(rows))


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        roster, regions = Path(folder) / "roster.csv", Path(folder) / "regions.csv"
        write_roster(roster, rows)
        write_regions(regions, rows)
        environment = os.environ | {"DATA_DIR": folder}

        def flask(*arguments: str) -> str:
            command = [str(ROOT / ".venv/bin/flask"), *arguments]
            done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
            return done.stdout

        flask("database", "upgrade")
        flask("regions", "import", str(regions), "--json")
        for run in ("first", "again"):
            report = json.loads(flask("people", "import", str(roster), "--json"))
            counts = {name: report[name] for name in ("added", "updated", "unchanged", "rejected")}
            print(f"{run}: {report['rows_per_second']} rows a second, {counts}")


if __name__ == "__main__":
    main()
