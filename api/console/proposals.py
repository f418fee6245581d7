"""Proposals about pensions: a day's heaps, a sample of one and its exclusions; approved by a second person, undone."""

from __future__ import annotations

import time
import uuid
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for

from api.console.pages import back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.benefit_checks import blocked
from casework.benefit_decisions import Decided, Deciding, approve, approve_one, exclude, refuse, undo, who_asked_undo
from casework.benefit_lists import PAGE, Heap, attempts, heaps, ids_of, preview, sample
from casework.benefit_lists import page as page_of_heap
from casework.benefit_proposals import MOST_GROUND, propose_by_staff, standing_other
from casework.proposal_lists import (
    approved_heaps,
    approved_of,
    find_action,
    held_back,
    names_of,
    open_month,
    staff_names,
)
from casework.scope import find_person, name_regions
from models import LifeEvent, Retiree
from models.audit import record
from models.benefit import ActionKind, ActionStatus, ReasonKind
from policy.months import month_of, write_month
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from casework.benefit_lists import Attempt
    from models import BenefitAction

proposals = Blueprint("console_proposals", __name__, url_prefix="/staff/proposals")
proposals.before_request(staff_only)

# Of a heap so many are decided in one transaction, and for so long in one request: the proxy gives up after 90 seconds.
PART, SECONDS = 250, 45


@proposals.get("")
def show_list() -> str:
    """Show what waits, by month and kind, what was approved for the open month, and who was held back."""
    staff, parts = current_staff(), services()
    with parts.transactions() as session:
        waiting = heaps(session, staff)
        month = open_month(session)
        approved = [] if month is None else approved_heaps(session, staff, month)
        held = held_back(session, staff)
        note_shown(session, (one.retiree.id for one in held))
        tries = _attempts(session, {one.retiree.id for one in held})
        names = name_regions(session, (heap.agency_code for heap, _count in [*waiting, *approved]))
    by_month = groupby(waiting, lambda line: month_of(line[0].proposed_on))
    months = [(write_month(number), list(lines)) for number, lines in by_month]
    return page(
        "proposals.html",
        months=months,
        open_month=None if month is None else write_month(month),
        approved=approved,
        held=held,
        tries=tries,
        regions=names,
        query=query_of,
    )


@proposals.get("/heap")
def show_heap() -> str:
    """Show a sample of one heap, or a page of the whole of it, and what approving it would do."""
    return _heap_page(_asked(request.args))


@proposals.post("/heap/approve")
def approve_heap() -> str:
    """Approve what was looked at; whatever came to the heap since then waits for another look."""
    heap, deciding = _asked(request.form), _deciding()
    with services().transactions() as session:
        ids = ids_of(session, current_staff(), heap)
        if typed("count") != str(len(ids)):
            raise Refusal("heap_changed")
    decided = _in_parts(ids, lambda session, part: approve(session, current_staff(), part, deciding))
    return _heap_page(heap, decided)


@proposals.post("/heap/exclude")
def exclude_some() -> Response:
    """Take the marked proposals out of the heap, with a reason."""
    heap = _asked(request.form)
    with services().transactions() as session:
        exclude(session, current_staff(), _marked(), typed("why"), _deciding())
    query: dict[str, Any] = dict(query_of(heap))
    return back_to(url_for("console_proposals.show_heap", **query))


@proposals.get("/approved")
def show_approved() -> str:
    """Show what was approved of a heap for the open month: it can be undone until the month is closed."""
    return _approved_page(_asked(request.args))


@proposals.post("/approved/undo")
def undo_some() -> str:
    """Undo the marked ones, or everything that was approved of the heap; the first who says so asks for it."""
    heap, staff, deciding = _asked(request.form), current_staff(), _deciding()
    with services().transactions() as session:
        month = open_month(session)
        ids = _marked()
        if typed("all"):
            ids = [] if month is None else [one.id for one in approved_of(session, staff, heap, month)]
    decided = _in_parts(ids, lambda session, part: undo(session, staff, part, deciding))
    return _approved_page(heap, decided)


@proposals.get("/new")
def show_new() -> str:
    """Ask for another legal ground to suspend, or for the day on which the one that stands ended."""
    with services().transactions() as session:
        retiree = find_person(session, current_staff(), _person(request.args))
        note_shown(session, [retiree.id])
        standing = standing_other(session, current_staff(), retiree.id)
        return page("proposal_new.html", retiree=retiree, standing=standing)


@proposals.post("/new")
def propose_new() -> Response:
    """Propose it; a second person decides."""
    parts, staff = services(), current_staff()
    try:
        on = date.fromisoformat(typed("on")) if typed("on") else None
    except ValueError:
        raise Refusal("malformed", field="on") from None
    with parts.transactions() as session:
        action = propose_by_staff(
            session,
            staff,
            find_person(session, staff, _person(request.form)),
            on=on,
            legal_ground=typed("legal_ground")[:MOST_GROUND],
            rules=parts.rules,
            actor=current_actor(),
            now=parts.clock.now(),
        )
        session.flush()
        action_id = action.id
    return back_to(url_for("console_proposals.show_proposal", action_id=action_id))


@proposals.get("/<uuid:action_id>")
def show_proposal(action_id: uuid.UUID) -> str:
    """Show one proposal: on what it rests, who was tried to be reached how, who decided."""
    parts, staff = services(), current_staff()
    now = parts.clock.now()
    with parts.transactions() as session:
        action = find_action(session, staff, action_id)
        record(session, current_actor(), "benefit.show", action, now=now)
        is_waiting = action.status is ActionStatus.PROPOSED
        why_not = blocked(session, staff, [action], terms=parts.benefit_terms, rules=parts.rules, now=now)
        asked = who_asked_undo(session, [action.id])[action.id]
        return page(
            "proposal.html",
            action=action,
            retiree=session.get_one(Retiree, action.benefit_id),
            event=None if action.life_event_id is None else session.get(LifeEvent, action.life_event_id),
            tries=_attempts(session, {action.benefit_id})[action.benefit_id],
            names=staff_names(session, (action.proposed_by_id, action.decided_by_id, *asked)),
            asked=asked,
            has_asked=staff.id in asked,
            left=why_not.get(action.id) if is_waiting else None,
            is_waiting=is_waiting,
            can_undo=action.status is ActionStatus.APPROVED and action.month == open_month(session),
        )


@proposals.post("/<uuid:action_id>/<string:act>")
def decide(action_id: uuid.UUID, act: str) -> Response:
    """Approve, refuse or undo one proposal."""
    staff, deciding = current_staff(), _deciding()
    with services().transactions() as session:
        find_action(session, staff, action_id)
        match act:
            case "approve":
                approve_one(session, staff, action_id, deciding)
            case "refuse":
                refuse(session, staff, [action_id], typed("why"), deciding)
            case "undo":
                left = undo(session, staff, [action_id], deciding).left
                if left:
                    raise Refusal(next(iter(left)))
            case _:
                raise Refusal("not_found")
    return back_to(url_for("console_proposals.show_proposal", action_id=action_id))


def _in_parts(ids: Sequence[uuid.UUID], decide_part: Callable[[Session, Sequence[uuid.UUID]], Decided]) -> Decided:
    """Decide a heap in transactions of a part each, between which others write; what time was too short for waits."""
    whole, until = Decided(), time.monotonic() + SECONDS
    for first in range(0, len(ids), PART):
        with services().transactions() as session:
            whole.add(decide_part(session, ids[first : first + PART]))
        if time.monotonic() > until:
            break
    return whole


def query_of(heap: Heap) -> dict[str, str]:
    """Return a heap as an address names it."""
    return {
        "agency": heap.agency_code,
        "kind": heap.kind.value,
        "reason": heap.reason.value if heap.reason else "",
        "on": heap.proposed_on.isoformat(),
    }


def _heap_page(heap: Heap, decided: Decided | None = None) -> str:
    staff, parts = current_staff(), services()
    now, after = parts.clock.now(), _after()
    with parts.transactions() as session:
        seen = preview(session, staff, heap, terms=parts.benefit_terms, rules=parts.rules, now=now)
        actions = sample(session, staff, heap) if after is None else page_of_heap(session, staff, heap, after=after)
        note_shown(session, (one.benefit_id for one in actions))
        why_not = blocked(session, staff, actions, terms=parts.benefit_terms, rules=parts.rules, now=now)
        return page(
            "proposal_heap.html",
            heap=heap,
            query=query_of(heap),
            seen=seen,
            decided=decided,
            after=after,
            following=after + PAGE if after is not None and after + PAGE < seen.waiting else None,
            region=name_regions(session, [heap.agency_code]).get(heap.agency_code, ""),
            actions=actions,
            why_not=why_not,
            names=names_of(session, {one.benefit_id for one in actions}),
            tries=_attempts(session, {one.benefit_id for one in actions}),
        )


def _approved_page(heap: Heap, decided: Decided | None = None) -> str:
    with services().transactions() as session:
        month = open_month(session)
        found: Sequence[BenefitAction] = []
        if month is not None:
            found = approved_of(session, current_staff(), heap, month)
        shown = found[:PAGE]
        note_shown(session, (one.benefit_id for one in shown))
        return page(
            "proposal_approved.html",
            heap=heap,
            query=query_of(heap),
            month=None if month is None else write_month(month),
            decided=decided,
            count=len(found),
            actions=shown,
            names=names_of(session, {one.benefit_id for one in shown}),
            deciders=staff_names(session, {one.decided_by_id for one in shown}),
            asked=who_asked_undo(session, [one.id for one in shown]),
        )


def _attempts(session: Session, people: set[uuid.UUID]) -> dict[uuid.UUID, list[Attempt]]:
    return attempts(session, people, terms=services().benefit_terms, now=services().clock.now())


def _deciding() -> Deciding:
    parts = services()
    return Deciding(parts.rules, parts.benefit_terms, current_actor(), parts.clock.now())


def _asked(given: Mapping[str, str]) -> Heap:
    try:
        return Heap(
            agency_code=given.get("agency", ""),
            kind=ActionKind(given.get("kind", "")),
            reason=ReasonKind(given["reason"]) if given.get("reason") else None,
            proposed_on=date.fromisoformat(given.get("on", "")),
        )
    except ValueError:
        raise Refusal("malformed", field="kind") from None


def _person(given: Mapping[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(given.get("person", ""))
    except ValueError:
        raise Refusal("malformed", field="person") from None


def _after() -> int | None:
    text = request.args.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):  # noqa: PLR2004 - more than a country has people
        raise Refusal("malformed", field="after")
    return int(text)


def _marked() -> list[uuid.UUID]:
    try:
        return [uuid.UUID(one) for one in request.form.getlist("action")]
    except ValueError:
        raise Refusal("malformed", field="action") from None
