"""The figures and the lists behind them as rows of cells: one form for pages and for files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

import words.figures as labels
from api.age_groups import name_age_group
from api.console.pages import write_moment
from casework.figure_conditions import Dimension, days_to_close
from casework.figure_counting import LONGEST_DAYS
from casework.masking import mask_address, mask_id_number, mask_phone
from models.certification import Channel
from words import CHANNELS
from words.staff import ACTIONS, PLACES, SESSION_STATUSES, SEXES, TICKET_KINDS, VISIT_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from casework.figures import FaceRate, Numbers
    from models import CertificationSession, Retiree, Staff, Ticket, Visit

Value = str | int | float | None
_RATES = {"first_rate", "end_rate"}


@dataclass(frozen=True)
class Cell:
    """One cell. value: what a file holds and a table sorts by. text: what a page shows."""

    value: Value
    text: str
    link: str | None = None


def figure_values(numbers: Numbers) -> dict[str, Value]:
    """Return the figures of one region by their columns."""
    found: dict[str, Value] = {
        name: numbers.of(name) for name in ("retirees", "due_30", "overdue", "tickets_open", "tickets_late", "visits")
    }
    found |= {channel.value: numbers.of("certified", channel.value) for channel in Channel}
    found |= {
        "certified": numbers.certified,
        "median_days": numbers.median_days,
        "first_rate": numbers.faces.first_rate,
        "end_rate": numbers.faces.end_rate,
    }
    return {name: found[name] for name in labels.COLUMNS}


def write_value(name: str, value: Value) -> str:
    """Return a figure as a page shows it."""
    if value is None:
        return labels.NONE
    if name in _RATES:
        return f"{value:.1%}"
    if name == "median_days":
        return labels.LONGEST.format(days=LONGEST_DAYS) if value == LONGEST_DAYS else f"{value:g}"
    return str(value)


def name_part(dimension: Dimension, part: str) -> str:
    """Return an age group, a sex, an action or a kind of phone in words."""
    match dimension:
        case Dimension.AGE:
            return name_age_group(part)
        case Dimension.SEX:
            names = SEXES
        case Dimension.ACTION:
            names = ACTIONS
        case Dimension.PHONE:
            names = {"other": labels.OTHER_PHONE}
    return names.get(part, part or labels.UNKNOWN_PART)


def rate_chart(dimension: Dimension, rates: Iterable[FaceRate]) -> dict[str, object]:
    """Return what the page's script draws: two bars a part, in per cent."""
    shown = [rate for rate in rates if rate.tried]
    return {
        "unit": "%",
        "parts": [name_part(dimension, rate.part) for rate in shown],
        "series": [
            {"name": labels.RATE_SERIES[0], "values": [round(100 * rate.first / rate.tried, 1) for rate in shown]},
            {"name": labels.RATE_SERIES[1], "values": [round(100 * rate.end / rate.tried, 1) for rate in shown]},
        ],
    }


def channel_chart(numbers: Numbers) -> dict[str, object]:
    """Return what the page's script draws: how many are certified by each channel."""
    return {
        "unit": "",
        "parts": [CHANNELS[channel.value] for channel in Channel],
        "series": [
            {"name": labels.NUMBER_SERIES, "values": [numbers.of("certified", channel.value) for channel in Channel]}
        ],
    }


def people_rows(people: Iterable[Retiree], regions: dict[str, str]) -> list[list[Cell]]:
    """Return retirees, masked."""
    return [
        [
            _person(retiree),
            *_texts(
                mask_id_number(retiree.id_number),
                mask_phone(retiree.phone),
                mask_address(retiree.address),
                regions.get(retiree.owner_code, retiree.owner_code),
                retiree.group_name,
                retiree.due_by.isoformat(),
                retiree.certified_until.isoformat() if retiree.certified_until else None,
                CHANNELS[retiree.certified_by.value] if retiree.certified_by else None,
            ),
        ]
        for retiree in people
    ]


def visit_rows(found: Sequence[tuple[Visit, Ticket, Retiree, Staff]]) -> list[list[Cell]]:
    """Return visits."""
    return [
        [
            *_texts(write_moment(visit.ended_at)),
            _person(retiree),
            _ticket(ticket),
            *_texts(staff.name, PLACES[visit.place], VISIT_OUTCOMES[visit.outcome]),
        ]
        for visit, ticket, retiree, staff in found
    ]


def closed_rows(found: Sequence[tuple[Ticket, Retiree | None]]) -> list[list[Cell]]:
    """Return tickets that were done."""
    rows = []
    for ticket, retiree in found:
        days = days_to_close(ticket.created_at, ticket.closed_at)
        rows.append(
            [
                _ticket(ticket),
                *_texts(TICKET_KINDS[ticket.kind]),
                _person(retiree) if retiree else Cell(labels.UNBOUND, labels.UNBOUND),
                *_texts(write_moment(ticket.created_at), write_moment(ticket.closed_at)),
                Cell(days, str(days)),
            ]
        )
    return rows


def face_rows(found: Sequence[tuple[CertificationSession, Retiree]]) -> list[list[Cell]]:
    """Return certification sessions by face."""
    return [
        [
            *_texts(write_moment(one.created_at)),
            _person(retiree),
            *_texts(
                name_part(Dimension.AGE, one.age_group or ""),
                name_part(Dimension.SEX, one.sex or ""),
                name_part(Dimension.PHONE, one.phone or ""),
                SESSION_STATUSES[one.status],
            ),
        ]
        for one, retiree in found
    ]


def _texts(*texts: str | None) -> list[Cell]:
    return [Cell(text, text or labels.NONE) for text in texts]


def _person(retiree: Retiree) -> Cell:
    return Cell(retiree.name, retiree.name, url_for("console_people.show_person", retiree_id=retiree.id))


def _ticket(ticket: Ticket) -> Cell:
    return Cell(ticket.number, ticket.number, url_for("console_tickets.show_ticket", ticket_id=ticket.id))
