"""Tickets from their opening to their end: who may move one where, so that of two people who saw the same one acts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from casework.numbers import make_number
from casework.rights import StaffRight
from casework.scope import covers, find_ticket, may, require
from clock import local_date
from models import LivingMark, Region, Report, Staff, StaffNotice, Ticket, TicketNote
from models.audit import record
from models.outbox import enqueue
from models.region import RegionLevel
from models.report import ReportKind
from models.ticket import ENDED, Place, StaffNoticeKind, TicketKind, TicketStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Retiree
    from models.audit import Actor
    from models.ticket import TicketOrigin, VisitReason

# The letter with which the numbers of a kind begin.
_LETTERS = {
    TicketKind.ASSISTED_CERTIFICATION: "B",
    TicketKind.MANUAL_REVIEW: "M",
    TicketKind.DATA_DISCREPANCY: "C",
    TicketKind.DEATH_VERIFICATION: "W",
    TicketKind.INFORMATION_COLLECTION: "G",
    TicketKind.WELFARE_CALL: "Z",
    TicketKind.HANDED_OVER: "R",
    TicketKind.COMPLAINT: "T",
}
MOST_NOTE_CHARACTERS = 2000
_ANSWERED = frozenset({TicketKind.HANDED_OVER, TicketKind.COMPLAINT})


def find_standing_ticket(session: Session, retiree_id: uuid.UUID, kind: TicketKind) -> Ticket | None:
    """Return the ticket of that kind that stands for a retiree; there is at most one."""
    return session.scalar(
        select(Ticket).where(Ticket.retiree_id == retiree_id, Ticket.kind == kind, Ticket.status.not_in(ENDED))
    )


def open_ticket(
    session: Session,
    kind: TicketKind,
    retiree: Retiree,
    origin: TicketOrigin,
    *,
    terms: Terms,
    actor: Actor,
    now: datetime,
    place: Place | None = None,
    visit_reason: VisitReason | None = None,
    owner_code: str | None = None,
    due_by: date | None = None,
    account_id: uuid.UUID | None = None,
    report_id: uuid.UUID | None = None,
    note: str | None = None,
    is_urgent: bool = False,
) -> Ticket:
    """Open a ticket, or return the one that stands: one a person and kind, also when two ask at the same moment.

    What is urgent makes the one that stands urgent, and due as early as it asks for.
    Whoever looks after the person owns it (Art. 12(1)), unless `owner_code` says otherwise.
    """
    standing = find_standing_ticket(session, retiree.id, kind)
    if standing is not None:
        return _hasten(session, standing, due_by, actor, now) if is_urgent else standing
    ticket = Ticket(
        number=make_number(_LETTERS[kind], now),
        kind=kind,
        place=place,
        visit_reason=visit_reason if place is Place.HOME else None,
        origin=origin,
        retiree_id=retiree.id,
        account_id=account_id,
        report_id=report_id,
        note=None if note is None else note[:MOST_NOTE_CHARACTERS],
        owner_code=owner_code or retiree.owner_code,
        is_urgent=is_urgent or is_served_first(session, retiree.id),
        created_at=now,
        due_by=due_by or terms.due_by(kind, place, local_date(now)),
    )
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:
        other = find_standing_ticket(session, retiree.id, kind)
        if other is None:
            raise Refusal("try_again", retryable=True) from None
        return _hasten(session, other, due_by, actor, now) if is_urgent else other
    record(session, actor, "ticket.open", ticket, now=now, reason=f"{kind.value}: {origin.value}")
    return ticket


def _hasten(session: Session, ticket: Ticket, due_by: date | None, actor: Actor, now: datetime) -> Ticket:
    session.refresh(ticket, with_for_update=True)
    due = min(ticket.due_by, due_by or ticket.due_by)
    if not ticket.is_urgent or due != ticket.due_by:
        _claim(session, ticket, ticket.version, is_urgent=True, due_by=due)
        record(session, actor, "ticket.hasten", ticket, now=now)
    return ticket


def is_served_first(session: Session, retiree_id: uuid.UUID) -> bool:
    """Say whether any mark stands on how the person lives (Art. 25(1))."""
    mark = select(LivingMark.id).where(LivingMark.retiree_id == retiree_id, LivingMark.ended_at.is_(None)).limit(1)
    return session.scalar(mark) is not None


def take_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, *, actor: Actor, now: datetime
) -> Ticket:
    """Take a ticket that nobody has, or one that is late and handed to the level above, as whoever assigns there.

    Whoever had it is told. Raises Refusal `ticket_changed` when somebody else was faster, or still has it.
    """
    require(staff, StaffRight.WORK_TICKETS)
    ticket = find_ticket(session, staff, ticket_id)
    is_anothers = ticket.assignee_id not in {None, staff.id}
    if ticket.status not in {TicketStatus.OPEN, TicketStatus.ESCALATED} or (
        is_anothers and not may(staff, StaffRight.ASSIGN_TICKETS)
    ):
        raise Refusal("ticket_changed")
    _tell_holder(session, ticket, staff, now)
    _claim(session, ticket, version, assignee_id=staff.id)
    _to(session, ticket, TicketStatus.ASSIGNED, "taken", actor, now)
    return ticket


def assign_ticket(
    session: Session,
    staff: Staff,
    ticket_id: uuid.UUID,
    version: int,
    assignee_id: uuid.UUID,
    *,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Give a ticket to somebody whose region it lies in; whoever had it is told. Raises Refusal `ticket_ended`."""
    require(staff, StaffRight.ASSIGN_TICKETS)
    ticket = find_ticket(session, staff, ticket_id)
    if not ticket.is_standing:
        raise Refusal("ticket_ended")
    assignee = session.get(Staff, assignee_id)
    if (
        assignee is None
        or assignee.closed_at is not None
        or not covers(staff.region_code, assignee.region_code)
        or not covers(assignee.region_code, ticket.owner_code)
        or not may(assignee, StaffRight.WORK_TICKETS)
    ):
        raise Refusal("assignee_unfit", field="assignee")
    before = ticket.assignee_id
    _claim(session, ticket, version, assignee_id=assignee.id)
    if before not in {None, assignee.id}:
        notify(session, before, ticket, StaffNoticeKind.TAKEN_AWAY, now)
    notify(session, assignee.id, ticket, StaffNoticeKind.ASSIGNED, now)
    if ticket.status in {TicketStatus.OPEN, TicketStatus.ESCALATED}:
        _to(session, ticket, TicketStatus.ASSIGNED, "assigned", actor, now)
    record(session, actor, "ticket.assign", ticket, now=now, reason=str(assignee.id))
    return ticket


def schedule_ticket(
    session: Session,
    staff: Staff,
    ticket_id: uuid.UUID,
    version: int,
    at: datetime,
    *,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Say when the visit will be; one that nobody had is theirs who says so. Raises Refusal `day_past`."""
    ticket = _find_own(session, staff, ticket_id)
    if local_date(at) < local_date(now):
        raise Refusal("day_past", field="at")
    _claim(session, ticket, version, scheduled_at=at, assignee_id=ticket.assignee_id or staff.id)
    if ticket.status is not TicketStatus.SCHEDULED:
        _to(session, ticket, TicketStatus.SCHEDULED, "scheduled", actor, now)
    record(session, actor, "ticket.schedule", ticket, now=now, reason=local_date(at).isoformat())
    return ticket


def start_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, *, actor: Actor, now: datetime
) -> Ticket:
    """Say that work on it has begun; one that nobody had is theirs who begins."""
    ticket = _find_own(session, staff, ticket_id)
    _claim(session, ticket, version, assignee_id=ticket.assignee_id or staff.id)
    if ticket.status is not TicketStatus.IN_PROGRESS:
        _to(session, ticket, TicketStatus.IN_PROGRESS, "started", actor, now)
    return ticket


def give_back_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, note: str, *, actor: Actor, now: datetime
) -> Ticket:
    """Let somebody else take it; says why. Raises Refusal `take_first` for one that nobody has."""
    ticket = _find_own(session, staff, ticket_id)
    if ticket.status is TicketStatus.OPEN:
        raise Refusal("take_first")
    _tell_holder(session, ticket, staff, now)
    _claim(session, ticket, version, assignee_id=None, scheduled_at=None)
    _to(session, ticket, TicketStatus.OPEN, "given_back", actor, now)
    add_note(session, staff, ticket, note, now=now)
    return ticket


def escalate_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, note: str, *, actor: Actor, now: datetime
) -> Ticket:
    """Hand a ticket to the level above. Raises Refusal `no_level_above` at the top."""
    ticket = _find_own(session, staff, ticket_id)
    above = next_level(session, ticket)
    if above is None:
        raise Refusal("no_level_above")
    _tell_holder(session, ticket, staff, now)
    _claim(session, ticket, version, assignee_id=None, escalated_to=above, scheduled_at=None)
    if ticket.status is not TicketStatus.ESCALATED:
        _to(session, ticket, TicketStatus.ESCALATED, "escalated", actor, now)
    add_note(session, staff, ticket, note, now=now)
    return ticket


def cancel_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, note: str, *, actor: Actor, now: datetime
) -> Ticket:
    """End a ticket that is not to be done, with the reason in writing. Raises Refusal `other_end` for a review."""
    ticket = _find_own(session, staff, ticket_id)
    if ticket.kind is TicketKind.MANUAL_REVIEW:
        raise Refusal("other_end")
    _tell_holder(session, ticket, staff, now)
    _claim(session, ticket, version, closed_at=now)
    _to(session, ticket, TicketStatus.CANCELLED, "cancelled", actor, now)
    add_note(session, staff, ticket, note, now=now)
    return ticket


def finish_ticket(
    session: Session, staff: Staff, ticket_id: uuid.UUID, version: int, note: str, *, actor: Actor, now: datetime
) -> Ticket:
    """End a ticket as done; for a question or complaint the note is the answer that whoever asked gets.

    Help with a certification ends by a visit, a review by its decision: Refusal `other_end` for these.
    """
    ticket = _find_own(session, staff, ticket_id)
    if ticket.kind in {TicketKind.ASSISTED_CERTIFICATION, TicketKind.MANUAL_REVIEW}:
        raise Refusal("other_end")
    _tell_holder(session, ticket, staff, now)
    _claim(session, ticket, version, closed_at=now)
    _to(session, ticket, TicketStatus.DONE, "finished", actor, now)
    is_answer = ticket.kind in _ANSWERED and ticket.account_id is not None
    written = add_note(session, staff, ticket, note, now=now, is_answer=is_answer)
    if is_answer and ticket.account_id is not None:
        values = {"number": ticket.number, "answer": written.text}
        cause = f"answered:{ticket.id}"
        enqueue(session, ticket.account_id, "answered", values, cause=cause, retiree_id=ticket.retiree_id, now=now)
    return ticket


def end_by_certification(session: Session, retiree_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """End what a certification answers: the ticket for help with it. Staff who had planned to go are told."""
    ticket = find_standing_ticket(session, retiree_id, TicketKind.ASSISTED_CERTIFICATION)
    if ticket is None:
        return
    assignee_id = ticket.assignee_id
    end_ticket(session, ticket, "certified", actor=actor, now=now)
    if assignee_id is not None and str(assignee_id) != actor.name:
        notify(session, assignee_id, ticket, StaffNoticeKind.TAKEN_AWAY, now)


def end_ticket(session: Session, ticket: Ticket, reason: str, *, actor: Actor, now: datetime) -> None:
    """End a standing ticket as done because of something else that happened."""
    _claim(session, ticket, ticket.version, closed_at=now)
    _to(session, ticket, TicketStatus.DONE, reason, actor, now)


def set_ticket(
    session: Session,
    ticket: Ticket,
    status: TicketStatus,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    **values: Any,
) -> None:
    """Move a ticket as it was just read, with changes of its columns; for what the system and visits do."""
    _claim(session, ticket, ticket.version, **values)
    if ticket.status is not status:
        _to(session, ticket, status, reason, actor, now)


def next_level(session: Session, ticket: Ticket) -> str | None:
    """Return the region that acts when the present one did not: subdistrict, then district; None above it."""
    present = session.get_one(Region, ticket.escalated_to or ticket.owner_code)
    if present.level in {RegionLevel.DISTRICT, RegionLevel.CITY}:
        return None
    return present.parent_code


def add_note(
    session: Session, staff: Staff, ticket: Ticket, note: str, *, now: datetime, is_answer: bool = False
) -> TicketNote:
    """Write on a ticket. Raises Refusal `note_missing` for an empty one."""
    note = note.strip()
    if not note:
        raise Refusal("note_missing", field="note")
    written = TicketNote(
        ticket_id=ticket.id, staff_id=staff.id, text=note[:MOST_NOTE_CHARACTERS], is_answer=is_answer, at=now
    )
    session.add(written)
    return written


def notify(session: Session, staff_id: uuid.UUID | None, ticket: Ticket, kind: StaffNoticeKind, now: datetime) -> None:
    """Tell a member of staff about a ticket in the console."""
    if staff_id is not None:
        session.add(StaffNotice(staff_id=staff_id, ticket_id=ticket.id, kind=kind, at=now))


def told_in_report(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Return what was told in the report that a ticket is about; empty without one, and of a tip.

    A tip is read as a lead (`casework.leads`), by whoever may, and each look is written down.
    """
    report = None if ticket.report_id is None else session.get_one(Report, ticket.report_id)
    if report is None or report.kind is ReportKind.FRAUD:
        return {}
    told: dict[str, Any] = json.loads(report.content)
    return told


def _find_own(session: Session, staff: Staff, ticket_id: uuid.UUID) -> Ticket:
    """Return a standing ticket that this person may work on: their own, or any below for whoever assigns.

    Raises Refusal `not_yours`, `ticket_ended`, `not_your_task`.
    """
    require(staff, StaffRight.WORK_TICKETS)
    ticket = find_ticket(session, staff, ticket_id)
    if not ticket.is_standing:
        raise Refusal("ticket_ended")
    if ticket.assignee_id != staff.id and not may(staff, StaffRight.ASSIGN_TICKETS):
        raise Refusal("take_first")
    return ticket


def _tell_holder(session: Session, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """Tell whoever has a ticket that another takes it out of their hands."""
    if ticket.assignee_id != staff.id:
        notify(session, ticket.assignee_id, ticket, StaffNoticeKind.TAKEN_AWAY, now)


def _claim(session: Session, ticket: Ticket, version: int, **values: Any) -> None:
    """Change columns if the ticket is still as it was seen; raise Refusal `ticket_changed` otherwise."""
    session.flush()
    unchanged = (Ticket.id == ticket.id, Ticket.version == version)
    done = session.execute(update(Ticket).where(*unchanged).values(version=version + 1, **values))
    session.refresh(ticket)
    if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        raise Refusal("ticket_changed")


def _to(session: Session, ticket: Ticket, status: TicketStatus, reason: str, actor: Actor, now: datetime) -> None:
    if not move(session, ticket, status, reason=reason, actor=actor, now=now):
        raise Refusal("ticket_changed")
