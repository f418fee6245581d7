"""Tickets: lists, one ticket with its history, and every step that staff take with it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from api.console.pages import allowed, back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.assistance import request_assistance
from casework.history import ticket_history
from casework.matching_disputes import has_standing_match, take_back_match
from casework.matching_report import Explained, signs_of
from casework.rights import StaffRight
from casework.scope import find_person, find_ticket, name_regions, require
from casework.staff import list_assignable
from casework.ticket_lists import PAGE, TicketFilter, Which, list_tickets, notes_of, visits_of
from casework.tickets import (
    add_note,
    assign_ticket,
    cancel_ticket,
    escalate_ticket,
    finish_ticket,
    give_back_ticket,
    open_ticket,
    schedule_ticket,
    start_ticket,
    take_ticket,
    told_in_report,
)
from clock import LOCAL_ZONE, local_date
from models import Region, Retiree, Staff
from models.audit import record
from models.ticket import Place, TicketKind, TicketOrigin, VisitReason
from policy.working_days import after_working_days
from refusal import Refusal
from services import services
from words.matching import DECISIONS, KINDS, MATCHED_BY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from models import Ticket

_ABOUT_SIGNS = frozenset({TicketKind.DATA_DISCREPANCY, TicketKind.DEATH_VERIFICATION})
_MOST_SIGNS = 20
tickets = Blueprint("console_tickets", __name__, url_prefix="/staff/tickets")
tickets.before_request(staff_only)

# What staff may open by themselves; a review comes from an attempt, a question from whoever asks.
_OPENED_BY_STAFF = tuple(kind for kind in TicketKind if kind not in {TicketKind.MANUAL_REVIEW, TicketKind.HANDED_OVER})


@tickets.get("")
def show_list() -> str:
    """Show tickets in reach, the first due first."""
    now = services().clock.now()
    chosen = _filter()
    with services().transactions() as session:
        found = list_tickets(
            session,
            current_staff(),
            chosen,
            remind_by=after_working_days(local_date(now), services().terms.remind_days),
            now=now,
        )
        note_shown(session, (line.ticket.retiree_id for line in found[:PAGE]))
        regions = name_regions(session, (line.ticket.owner_code for line in found))
    more = found[PAGE - 1].ticket if len(found) > PAGE else None
    return page(
        "tickets.html",
        lines=found[:PAGE],
        chosen=chosen,
        which=Which,
        kinds=TicketKind,
        regions=regions,
        next_page=_address_after(more) if more else None,
    )


@tickets.get("/<uuid:ticket_id>")
def show_ticket(ticket_id: uuid.UUID) -> str:
    """Show one ticket: whom it is about, what was told, what happened, what can be done."""
    staff = current_staff()
    require(staff, StaffRight.SEE_TICKETS)
    with services().transactions() as session:
        ticket = find_ticket(session, staff, ticket_id)
        retiree = None if ticket.retiree_id is None else session.get_one(Retiree, ticket.retiree_id)
        record(session, current_actor(), "ticket.show", ticket, now=services().clock.now())
        assignable = list_assignable(session, staff, ticket.owner_code) if allowed(StaffRight.ASSIGN_TICKETS) else []
        return page(
            "ticket.html",
            ticket=ticket,
            retiree=retiree,
            owner=session.get_one(Region, ticket.owner_code),
            above=None if ticket.escalated_to is None else session.get_one(Region, ticket.escalated_to),
            assignee=None if ticket.assignee_id is None else session.get_one(Staff, ticket.assignee_id),
            assignable=assignable,
            told=told_in_report(session, ticket),
            notes=notes_of(session, ticket),
            history=ticket_history(session, ticket),
            visits=visits_of(session, ticket),
            signs=_signs_for(session, ticket),
            has_match=has_standing_match(session, ticket, now=services().clock.now()),
            sign_kinds=KINDS,
            sign_decisions=DECISIONS,
            matched_by=MATCHED_BY,
            may_work=allowed(StaffRight.WORK_TICKETS)
            and (ticket.assignee_id == staff.id or allowed(StaffRight.ASSIGN_TICKETS)),
        )


def _signs_for(session: Session, ticket: Ticket) -> list[Explained]:
    """Return what other departments said of the person, where that is what staff look into."""
    if ticket.retiree_id is None or ticket.kind not in _ABOUT_SIGNS:
        return []
    return signs_of(session, ticket.retiree_id, most=_MOST_SIGNS)


@tickets.post("/<uuid:ticket_id>/<string:step>")
def take_step(ticket_id: uuid.UUID, step: str) -> Response:
    """Take one step with a ticket, if it is still as it was seen."""
    if step not in _STEPS:
        raise Refusal("not_found")
    with services().transactions() as session:
        _STEPS[step](session, ticket_id, _version(), services().clock.now())
    return back_to(url_for("console_tickets.show_ticket", ticket_id=ticket_id))


@tickets.get("/new")
def show_new() -> str:
    """Ask what is to be done for a person."""
    require(current_staff(), StaffRight.WORK_TICKETS)
    with services().transactions() as session:
        retiree = find_person(session, current_staff(), _id(request.args.get("person", "")))
        note_shown(session, [retiree.id])
    return page("ticket_new.html", retiree=retiree, kinds=_OPENED_BY_STAFF, reasons=VisitReason)


@tickets.post("/new")
def open_new() -> Response:
    """Open a ticket for a person; one that stands already is shown instead."""
    require(current_staff(), StaffRight.WORK_TICKETS)
    now, terms, actor = services().clock.now(), services().terms, current_actor()
    try:
        kind, reason = TicketKind(typed("kind")), VisitReason(typed("reason")) if typed("reason") else None
        place = Place(typed("place")) if kind is TicketKind.ASSISTED_CERTIFICATION else None
    except ValueError:
        raise Refusal("malformed") from None
    if kind not in _OPENED_BY_STAFF:
        raise Refusal("malformed", field="kind")
    with services().transactions() as session:
        retiree = find_person(session, current_staff(), _id(typed("person")))
        if place is not None:
            ticket = request_assistance(
                session,
                retiree,
                place=place,
                visit_reason=reason,
                origin=TicketOrigin.STAFF,
                terms=terms,
                actor=actor,
                now=now,
            )
        else:
            ticket = open_ticket(session, kind, retiree, TicketOrigin.STAFF, terms=terms, actor=actor, now=now)
        if typed("note"):
            add_note(session, current_staff(), ticket, typed("note"), now=now)
        ticket_id = ticket.id
    return back_to(url_for("console_tickets.show_ticket", ticket_id=ticket_id))


def _take(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    take_ticket(session, current_staff(), ticket_id, version, actor=current_actor(), now=now)


def _assign(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    assignee = _id(typed("assignee"))
    assign_ticket(session, current_staff(), ticket_id, version, assignee, actor=current_actor(), now=now)


def _schedule(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    try:
        at = datetime.fromisoformat(typed("at")).replace(tzinfo=LOCAL_ZONE)
    except ValueError:
        raise Refusal("malformed", field="at") from None
    schedule_ticket(session, current_staff(), ticket_id, version, at, actor=current_actor(), now=now)


def _start(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    start_ticket(session, current_staff(), ticket_id, version, actor=current_actor(), now=now)


def _note(session: Session, ticket_id: uuid.UUID, _version: int, now: datetime) -> None:
    require(current_staff(), StaffRight.WORK_TICKETS)
    ticket = find_ticket(session, current_staff(), ticket_id)
    add_note(session, current_staff(), ticket, typed("note"), now=now)


def _give_back(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    give_back_ticket(session, current_staff(), ticket_id, version, typed("note"), actor=current_actor(), now=now)


def _escalate(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    escalate_ticket(session, current_staff(), ticket_id, version, typed("note"), actor=current_actor(), now=now)


def _cancel(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    cancel_ticket(session, current_staff(), ticket_id, version, typed("note"), actor=current_actor(), now=now)


def _finish(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    finish_ticket(session, current_staff(), ticket_id, version, typed("note"), actor=current_actor(), now=now)


def _take_back_match(session: Session, ticket_id: uuid.UUID, version: int, now: datetime) -> None:
    rules, actor = services().rules, current_actor()
    take_back_match(session, current_staff(), ticket_id, version, typed("note"), rules=rules, actor=actor, now=now)


_STEPS: dict[str, Callable[[Session, uuid.UUID, int, datetime], None]] = {
    "take": _take,
    "assign": _assign,
    "schedule": _schedule,
    "start": _start,
    "note": _note,
    "give-back": _give_back,
    "escalate": _escalate,
    "cancel": _cancel,
    "finish": _finish,
    "take-back-match": _take_back_match,
}


def _filter() -> TicketFilter:
    asked = request.args
    try:
        day, _, ticket_id = asked.get("after", "").partition("_")
        return TicketFilter(
            which=Which(asked.get("which") or Which.STANDING),
            kind=TicketKind(asked["kind"]) if asked.get("kind") else None,
            region_code=asked.get("region") or None,
            after=(date.fromisoformat(day), uuid.UUID(ticket_id)) if day else None,
        )
    except ValueError:
        raise Refusal("malformed") from None


def _address_after(last: Ticket) -> str:
    asked = request.args
    return url_for(
        "console_tickets.show_list",
        which=asked.get("which"),
        kind=asked.get("kind"),
        region=asked.get("region"),
        after=f"{last.due_by.isoformat()}_{last.id}",
    )


def _version() -> int:
    text = typed("version")
    if not (text.isascii() and text.isdigit() and len(text) < 9):  # noqa: PLR2004 - more than any ticket has steps
        raise Refusal("malformed", field="version")
    return int(text)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("malformed") from None
