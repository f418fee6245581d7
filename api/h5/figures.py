"""The figures for everybody: how many pass by face, and how long people wait. No persons, and no small groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

import words.figures as labels
from api.age_groups import name_age_group
from api.guards import public
from casework.figure_conditions import Dimension
from casework.figure_counting import LONGEST_DAYS
from casework.figures import check_year, find_city, read_public_figures
from clock import LOCAL_ZONE, local_date
from refusal import Refusal
from services import services
from words.staff import SEXES

if TYPE_CHECKING:
    from casework.figures import FaceRate

public_figures = Blueprint("public_figures", __name__)
public_figures.before_request(public)

# Of fewer people nothing is told: a neighbour might know who they are.
FEWEST = 10


@public_figures.get("/figures")
def show_figures() -> str:
    """Show the city's pass rates by age and sex, and the waiting time, of this year or the one before."""
    now = services().clock.now()
    present = local_date(now).year
    text = request.args.get("year") or str(present)
    if text not in {str(present), str(present - 1)}:
        raise Refusal("malformed", field="year")
    year = check_year(int(text), now=now)
    with services().transactions() as session:
        city = find_city(session)
        if city is None:
            raise Refusal("not_found")
        numbers, counted_at = read_public_figures(session, city.code, year)
    days = numbers.median_days if numbers.closed >= FEWEST else None
    return render_template(
        "figures_public.html",
        city=city.name,
        year=year,
        other_year=present - 1 if year == present else present,
        counted_at=counted_at and counted_at.astimezone(LOCAL_ZONE),
        whole=_shown("", numbers.faces),
        ages=[_shown(name_age_group(rate.part), rate) for rate in numbers.faces_by(Dimension.AGE)],
        sexes=[_shown(SEXES.get(rate.part, labels.UNKNOWN_PART), rate) for rate in numbers.faces_by(Dimension.SEX)],
        days=None if days is None else f"{days:g}",
        is_longest=days == LONGEST_DAYS,
        fewest=FEWEST,
    )


def _shown(name: str, rate: FaceRate) -> tuple[str, int | None, int | None]:
    """Return whole per cent, and nothing of a small group: no counts, from which one could be taken off another."""
    if rate.tried < FEWEST:
        return name, None, None
    return name, round(100 * rate.first / rate.tried), round(100 * rate.end / rate.tried)
