"""The table and the chart of the simulated year in docs/benefits.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.year_lives import DEATHS
from policy.months import write_month

if TYPE_CHECKING:
    from benchmarks.year_lives import Tally

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, CHART = ROOT / "docs" / "benefits.md", ROOT / "docs" / "img" / "benefits-year.svg"
BEGIN, END = "<!-- year:begin -->", "<!-- year:end -->"


def write_document(tally: Tally, retirees: int) -> None:
    """Put the table into docs/benefits.md and draw the chart."""
    months = sum(tally.paid_after_death.values())
    lines = [
        f"Of {retirees:,} people; months paid for the dead: {months}; **wrongful suspensions: {tally.wrongful}**.",
        "",
        "| how the death became known | months paid after the month of death |",
        "| --- | --- |",
        *(f"| {_NAMES[name]} | {tally.paid_after_death.get(name, 0)} |" for name, _share in DEATHS),
        "",
        "| month | paid | suspended, alive | of these wrongfully | paid for the dead |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in tally.by_month:
        counts = (f"{one.get(name, 0):,}" for name in ("paid", "suspended", "wrongful", "after_death"))
        lines.append(f"| {write_month(one['month'])} | {' | '.join(counts)} |")
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_text(draw(tally))


_NAMES = {
    "told_in_time": "told by relatives within 30 days",
    "told_late": "told by relatives later",
    "data_sign": "a sign in another department's data, verified",
    "unknown": "found at the next certification",
}


def draw(tally: Tally) -> str:
    """Return the chart: by month, what was paid for the dead and who of the living was suspended."""
    width, height, left, bottom = 760, 300, 46, 250
    most = max(max(one.get("after_death", 0), one.get("suspended", 0)) for one in tally.by_month) or 1
    step = (width - left - 10) / len(tally.by_month)
    title = f"Months paid for the dead (dark), living people suspended (light); wrongful: {tally.wrongful}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="18" font-size="14">{title}</text>',
        '<g font-size="12">',
    ]
    for part in range(5):
        value, y = round(most * part / 4), bottom - 210 * part / 4
        parts.append(f'<line x1="{left}" x2="{width - 10}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{value}</text>')
    for place, one in enumerate(tally.by_month):
        x = left + place * step
        for offset, name, colour in ((0.12, "after_death", "#1d4f73"), (0.5, "suspended", "#8fbbd9")):
            tall, at = 210 * one.get(name, 0) / most, x + offset * step
            size = f'width="{step * 0.36:.1f}" height="{tall:.1f}"'
            parts.append(f'<rect x="{at:.1f}" y="{bottom - tall:.1f}" {size} fill="{colour}"/>')
        month = write_month(one["month"])[2:]
        parts.append(f'<text x="{x + step / 2:.1f}" y="{bottom + 18}" text-anchor="middle">{month}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"
