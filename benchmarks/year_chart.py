"""The tables and the chart of the simulated year in docs/benefits.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.year_lives import DEATHS
from policy.money import write_yuan
from policy.months import write_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.year_world import Tally

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, CHART = ROOT / "docs" / "benefits.md", ROOT / "docs" / "img" / "benefits-year.svg"
BEGIN, END = "<!-- year:begin -->", "<!-- year:end -->"

_DEATHS = {
    "told_in_time": "told by relatives within 30 days",
    "told_late": "told by relatives later",
    "data_sign": "a sign in another department's data, verified",
    "unknown": "found at the next certification",
}
_MONTHS = {
    "paid": "paid",
    "suspended": "suspended, alive",
    "held": "overdue, paid: a case is open",
    "believed_dead": "unpaid, believed dead by mistake",
    "wrongful": "wrongfully unpaid",
    "after_death": "paid for the dead",
}
_WAYS = {
    "data_match": "data of another department",
    "self_service": "by face",
    "counter": "at the window",
    "home_visit": "at home",
}
_FACES = {
    "refused": "refused after the last attempt",
    "review": "reviewed by a person",
    "gives_up": "given up after one",
}
_TICKETS = {"death_verification": "死亡核实", "data_discrepancy": "数据核对"}
_FATES = ("files", "read", "certified", "suspicious", "noted", "known", "unmatched", "rejected")


def write_document(tally: Tally, retirees: int) -> None:
    """Put the tables into docs/benefits.md and draw the chart."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    written = "\n".join(_lines(tally, retirees))
    DOCUMENT.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.split(END)[1]}")
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_text(draw(tally))


def _lines(tally: Tally, retirees: int) -> list[str]:
    months = sum(tally.paid_after_death.values())
    wrong = tally.wrong
    total = sum(tally.files.values(), Counter[str]())
    ways = ", ".join(f"{tally.certified[way]:,} {said}" for way, said in _WAYS.items())
    tickets = tally.tickets
    with_record = tickets["opened"] - tickets["by_staff"] - tickets["stand"]
    ended = ", ".join(f"{tickets[kind]:,} {said}" for kind, said in _TICKETS.items())
    failed = ", ".join(f"{tally.faces[name]:,} {said}" for name, said in _FACES.items())
    return [
        f"Of {retirees:,} people; months paid for the dead: {months:,}; **wrongful suspensions: {tally.wrongful}**.",
        "",
        *_table(
            ("how the death became known", "months paid after the month of death"),
            ((_DEATHS[name], tally.paid_after_death.get(name, 0)) for name, _share in DEATHS),
        ),
        "",
        (
            f"Reported dead by mistake: rejected on verification {wrong['rejected']}, believed {wrong['believed']}. Of "
            f"these staff found out {wrong['found_out']}, {wrong['said_alive']} said to be alive; each was decided and "
            "undone on the day on which it was found out or said, what was said on a day off on the next working day. "
            f"{wrong['went_unpaid']} people went unpaid, {tally.short_months} months in all: paid back to the cent, "
            f"{write_yuan(tally.back_paid_cents)} yuan."
        ),
        "",
        (
            f"Suspended, alive: {tally.suspended:,} people. {tally.suspended - tally.still_suspended:,} of them were "
            "paid again, and by the same file every month since, to the cent: "
            f"{tally.resumed['months']:,} months, {write_yuan(tally.resumed['cents'])} yuan. "
            f"{tally.still_suspended:,} are still unpaid in the last file."
        ),
        "",
        *_table(
            ("month", *_MONTHS.values()),
            ((write_month(one["month"]), *(one.get(name, 0) for name in _MONTHS)) for one in tally.by_month),
        ),
        "",
        (
            f"Certifications: {ways}. Faces that did not pass: {failed}. Tickets that staff ended with nothing left to "
            f"verify: {ended}."
        ),
        "",
        *_table(
            ("source", "files", "rows", "certified", "for staff", "noted", "known", "strangers", "unreadable"),
            (
                (name, *(counts[fate] for fate in _FATES))
                for name, counts in (*sorted(tally.files.items()), ("all", total))
            ),
        ),
        "",
        (
            f"The {total['suspicious']:,} rows for staff opened {tickets['opened']:,} tickets; the others found a "
            f"ticket or a record of the same. {with_record:,} of these tickets ended with the decision on the record "
            f"for which they were opened, staff ended {tickets['by_staff']:,} with nothing left to verify, "
            f"{tickets['stand']:,} stand on the last day."
        ),
    ]


def _table(heading: Sequence[str], rows: Iterable[Sequence[str | int]]) -> list[str]:
    def line(cells: Iterable[str | int]) -> str:
        return f"| {' | '.join(f'{one:,}' if isinstance(one, int) else one for one in cells)} |"

    return [line(heading), line("---" for _ in heading), *map(line, rows)]


_WIDTH, _LEFT, _TALL = 760, 52, 130
_DARK, _LIGHT, _RED = "#1d4f73", "#8fbbd9", "#b3371f"


def draw(tally: Tally) -> str:
    """Return the chart: by month, above what was paid for the dead and not for who was believed dead, below suspended.

    The two have scales of their own: tens against thousands.
    """
    above = (
        ("after_death", "months paid for the dead", _DARK),
        ("believed_dead", "unpaid, believed dead by mistake", _RED),
    )
    below = (
        ("suspended", "alive, suspended", _LIGHT),
        ("held", "overdue, paid: case open", _DARK),
        ("wrongful", "wrongfully unpaid", _RED),
    )
    height = 2 * (_TALL + 56) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<g font-size="12">',
        *_panel(tally.by_month, above, 0),
        *_panel(tally.by_month, below, _TALL + 56),
    ]
    for place, one in enumerate(tally.by_month):
        x = _LEFT + (place + 0.5) * _step(tally.by_month)
        month = write_month(one["month"])[2:]
        parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{month}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def _step(months: Sequence[dict[str, int]]) -> float:
    return (_WIDTH - _LEFT - 10) / len(months)


def _panel(months: Sequence[dict[str, int]], series: Sequence[tuple[str, str, str]], top: int) -> list[str]:
    """Return one panel: its legend with the sum of each series, its lines, its bars with their figures."""
    bottom = top + 44 + _TALL
    most = max(1, *(one.get(name, 0) for one in months for name, *_rest in series))
    parts = []
    for place, (name, said, colour) in enumerate(series):
        at = _LEFT + place * (_WIDTH - _LEFT) // len(series)
        total = sum(one.get(name, 0) for one in months)
        parts.append(f'<rect x="{at}" y="{top + 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{at + 18}" y="{top + 21}" font-size="14">{said}: {total:,}</text>')
    for part in range(3):
        y = bottom - _TALL * part / 2
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{most * part / 2:,.0f}</text>')
    step = _step(months)
    for place, one in enumerate(months):
        wide = step * 0.8 / len(series)
        for bar, (name, _said, colour) in enumerate(series):
            count, x = one.get(name, 0), _LEFT + (place + 0.1) * step + bar * wide
            if not count:
                continue
            tall = _TALL * count / most
            parts.append(
                f'<rect x="{x:.1f}" y="{bottom - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'
            )
            middle = x + wide / 2
            place_of = f'x="{middle:.1f}" y="{bottom - tall - 3:.1f}" font-size="10" text-anchor="middle"'
            parts.append(f"<text {place_of}>{count:,}</text>")
    return parts
