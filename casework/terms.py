"""By when a ticket is done, and what happens before and after: numbers that the operator sets, for no text has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.ticket import Place, TicketKind
from policy.working_days import after_working_days

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

# Help with a certification has two terms: the window is open every day, a visit needs a way.
HOME_VISIT, WINDOW = "home_visit", "window"
TERM_NAMES = (HOME_VISIT, WINDOW, *(kind.value for kind in TicketKind if kind is not TicketKind.ASSISTED_CERTIFICATION))


@dataclass(frozen=True)
class Terms:
    """The terms of tickets.

    due: working days by name, every one of TERM_NAMES. remind_days: so many working days before, the assignee is
    reminded. escalate_days: so many working days after the due date, the subdistrict must act, then the district.
    deadline_days: so many days before a certification falls due, whoever has not tried is helped. check_percent: share
    of visits that a second person looks at.
    """

    due: Mapping[str, int]
    remind_days: int
    escalate_days: tuple[int, int]
    deadline_days: int
    check_percent: int

    def due_by(self, kind: TicketKind, place: Place | None, today: date) -> date:
        """Return the day by which a ticket opened today is to be done."""
        name = kind.value
        if kind is TicketKind.ASSISTED_CERTIFICATION:
            name = HOME_VISIT if place is Place.HOME else WINDOW
        return after_working_days(today, self.due[name])
