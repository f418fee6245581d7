"""How far a report is, for whoever told it: what staff found, and of a tip whether there is a reward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.alive_cases import decide_by
from casework.leads import follow
from casework.tickets import find_standing_ticket
from clock import local_date
from models import LifeEvent
from models.life_event import LifeEventKind, LifeEventStatus
from models.recovery import LeadStatus
from models.report import ReportKind, ReportStatus
from models.ticket import TicketKind

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from models import Report

NOTIFIED, WITHDRAWN, CONFIRMED, REJECTED = "notified", "withdrawn", "confirmed", "rejected"
FOUND, NOT_FOUND, REWARDED = "found", "not_found", "rewarded"
_OF_EVENTS = {
    LifeEventStatus.CONFIRMED: CONFIRMED,
    LifeEventStatus.REJECTED: REJECTED,
    LifeEventStatus.REVERSED: REJECTED,
}
_OF_LEADS = {LeadStatus.FOUND: FOUND, LeadStatus.NOT_FOUND: NOT_FOUND}


def answer_by(report: Report) -> date | None:
    """Return the day by whose end somebody who says to be alive has a decision; None of any other report."""
    return decide_by(local_date(report.reported_at)) if report.kind is ReportKind.STILL_ALIVE else None


def progress_of(session: Session, report: Report) -> tuple[str, int]:
    """Return one of the words above, and the cents of a reward; of nobody's life more than what came of the report."""
    if report.status is ReportStatus.WITHDRAWN:
        return WITHDRAWN, 0
    if report.kind is ReportKind.FRAUD:
        lead = follow(session, report)
        if lead is None:
            return NOTIFIED, 0
        return (REWARDED, lead.reward_cents) if lead.reward_cents else (_OF_LEADS.get(lead.status, NOTIFIED), 0)
    event = None if report.life_event_id is None else session.get(LifeEvent, report.life_event_id)
    if event is None or _is_looked_at_anew(session, report, event):
        return NOTIFIED, 0
    return _OF_EVENTS.get(event.status, NOTIFIED), 0


def _is_looked_at_anew(session: Session, report: Report, event: LifeEvent) -> bool:
    """Say whether staff still look at what a report tells of a confirmed death: another day, from which money counts.

    The ticket need not be of this report: there is one a person, whoever told of another day first.
    """
    is_confirmed = event.kind is LifeEventKind.DEATH and event.status is LifeEventStatus.CONFIRMED
    if event.retiree_id is None or not is_confirmed or report.happened_on in {None, event.happened_on}:
        return False
    return find_standing_ticket(session, event.retiree_id, TicketKind.DEATH_VERIFICATION) is not None
