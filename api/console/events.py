"""Life events: those that wait, the most urgent first; corroborated, confirmed, rejected, reversed by a new record."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request, url_for

from api.console.pages import allowed, back_to, note_shown, page, typed
from api.console.reviews import give_picture
from api.console.visit_form import parse, read_bytes
from api.guards import current_actor, current_staff, staff_only
from api.uploads import PICTURE_BYTES, read_upload
from casework.alive_cases import find_alive_case
from casework.event_lists import decided_events, open_file, people_of_events
from casework.event_naming import name_person
from casework.event_pictures import add_picture, may_add_picture, open_event_picture, pictures_of
from casework.life_event_effects import Effects
from casework.life_event_reversal import reverse_event
from casework.life_events import (
    BY_COMMUNITY,
    confirm_event,
    corroborate_event,
    find_event,
    needs_other_side,
    notify_event,
    open_events,
    reject_event,
    told_in,
)
from casework.masking import mask_address, mask_id_number
from casework.people import find_communities, search_people
from casework.proposal_lists import staff_names
from casework.rights import StaffRight
from casework.scope import find_person, is_city, name_regions, require
from certification.evidence import store_picture
from models import Region
from models.audit import record
from models.life_event import EventSource, LifeEventKind, LifeEventStatus
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flask import Response as Given
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from models import LifeEvent, Retiree

events = Blueprint("console_events", __name__, url_prefix="/staff/events")
events.before_request(staff_only)

# What a community hears at its window or in the street; the rest comes from courts and other agencies.
_TOLD_TO_COMMUNITY = (
    LifeEventKind.DEATH,
    LifeEventKind.ADDRESS_CHANGE,
    LifeEventKind.PHONE_CHANGE,
    LifeEventKind.MOVING_AWAY,
    LifeEventKind.MISSING,
    LifeEventKind.REAPPEARANCE,
    LifeEventKind.STILL_ALIVE,
)
_TOLD_TO_AGENCY = (
    *_TOLD_TO_COMMUNITY,
    LifeEventKind.IMPRISONED,
    LifeEventKind.RELEASED,
    LifeEventKind.DUPLICATE_BENEFIT,
    LifeEventKind.DUPLICATE_ENDED,
)


@events.get("")
def show_list() -> str:
    """Show what waits in reach: who says to be alive first, then deaths, then by age; or what was decided."""
    staff, now = current_staff(), services().clock.now()
    require(staff, StaffRight.CORROBORATE_EVENTS)
    is_decided = request.args.get("which") == "decided"
    with services().transactions() as session:
        found = decided_events(session, staff) if is_decided else open_events(session, staff)
        note_shown(session, (one.retiree_id for one in found))
        alive = [
            find_alive_case(session, one, now=now)
            for one in found
            if one.kind is LifeEventKind.STILL_ALIVE and one.is_open
        ]
        return page(
            "events.html",
            events=found,
            alive={case.event.id: case for case in alive},
            names=people_of_events(session, found),
            regions=name_regions(session, {one.owner_code for one in found if one.owner_code}),
            is_decided=is_decided,
        )


@events.get("/new")
def show_new() -> str:
    """Ask what happened to a person."""
    staff = current_staff()
    require(staff, StaffRight.CORROBORATE_EVENTS)
    with services().transactions() as session:
        retiree = find_person(session, staff, _id(request.args.get("person", "")))
        note_shown(session, [retiree.id])
    return page("event_new.html", retiree=retiree, kinds=_kinds())


@events.post("/new")
def write_new() -> Response:
    """Write down what somebody told at the window or on the way; nothing follows before others verified it."""
    parts, staff = services(), current_staff()
    require(staff, StaffRight.CORROBORATE_EVENTS)
    kind = next((one for one in _kinds() if one.value == typed("kind")), None)
    if kind is None:
        raise Refusal("malformed", field="kind")
    told = {name: typed(name) for name in ("note", "phone", "address", "place") if typed(name)}
    with parts.transactions() as session:
        event = notify_event(
            session,
            kind,
            find_person(session, staff, _id(typed("person"))),
            happened_on=_day(),
            source=EventSource.STAFF,
            content=told,
            rules=parts.rules,
            actor=current_actor(),
            now=parts.clock.now(),
            is_declared=kind is LifeEventKind.MISSING and bool(typed("declared")),
        )
        session.flush()
        event_id = event.id
    return back_to(url_for("console_events.show_event", event_id=event_id))


@events.get("/<uuid:event_id>")
def show_event(event_id: uuid.UUID) -> str:
    """Show one record: what was told, both clocks of a death, who verified, what followed or would be undone."""
    require(current_staff(), StaffRight.CORROBORATE_EVENTS)
    with services().transactions() as session:
        return _show(session, find_event(session, current_staff(), event_id))


@events.post("/<uuid:event_id>/search")
def search(event_id: uuid.UUID) -> str:
    """Show a record about nobody yet with the people it may be about; what was typed stands in no address."""
    parts, staff = services(), current_staff()
    require(staff, StaffRight.CONFIRM_EVENTS)
    with parts.transactions() as session:
        event = find_event(session, staff, event_id)
        now = parts.clock.now()
        found = search_people(session, staff, typed("q"), vault=parts.vault, actor=current_actor(), now=now)
        return _show(session, event, typed("q"), found)


def _show(session: Session, event: LifeEvent, asked: str = "", found: Sequence[Retiree] | None = None) -> str:
    """Return the page of a record; found: the people that were looked for by what was asked."""
    now = services().clock.now()
    record(session, current_actor(), "event.show", event, now=now)
    is_alive = event.kind is LifeEventKind.STILL_ALIVE
    place = request.args.get("community", "")
    communities = find_communities(session, place) if event.kind is LifeEventKind.ADDRESS_CHANGE else []
    return page(
        "event.html",
        event=event,
        file=open_file(session, event),
        told=told_in(event),
        case=find_alive_case(session, event, now=now) if is_alive else None,
        owner=None if event.owner_code is None else session.get(Region, event.owner_code),
        names=staff_names(session, (event.corroborated_by_id, event.verified_by_id)),
        place=place,
        communities=communities,
        asked=asked,
        found=None
        if found is None
        else [(one, mask_id_number(one.id_number), mask_address(one.address)) for one in found],
        pictures=pictures_of(session, event),
        can=_possible(event),
    )


@events.post("/<uuid:event_id>/pictures")
def take_picture(event_id: uuid.UUID) -> Given:
    """Put a photograph of a paper with a record, drawn anew: where it was taken and by what phone is left behind."""
    parts, staff = services(), current_staff()
    require(staff, StaffRight.CORROBORATE_EVENTS)
    with parts.transactions() as session:
        may_add_picture(session, staff, event_id)
    drawn = parts.faces.redraw_photo(read_bytes(parse(read_upload(PICTURE_BYTES)), "picture"))
    stored = store_picture(drawn, store=parts.evidence, vault=parts.vault)
    with parts.transactions() as session:
        add_picture(
            session,
            staff,
            event_id,
            stored,
            keep_days=parts.settings.event_pictures_days,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return jsonify(kept=True)


@events.get("/<uuid:event_id>/pictures/<uuid:image_id>")
def show_picture(event_id: uuid.UUID, image_id: uuid.UUID) -> Given:
    """Give one photograph; who opened it is written down."""
    parts = services()
    with parts.transactions() as session:
        image = open_event_picture(
            session, current_staff(), event_id, image_id, actor=current_actor(), now=parts.clock.now()
        )
    return give_picture(image)


@events.post("/<uuid:event_id>/<string:verdict>")
def decide(event_id: uuid.UUID, verdict: str) -> Response:
    """Corroborate, confirm, reject or reverse a record, or say whom it is about."""
    if verdict not in _VERDICTS:
        raise Refusal("not_found")
    with services().transactions() as session:
        shown = _VERDICTS[verdict](session, event_id, services().clock.now())
    return back_to(url_for("console_events.show_event", event_id=shown.id))


def _corroborate(session: Session, event_id: uuid.UUID, now: datetime) -> LifeEvent:
    return corroborate_event(session, current_staff(), event_id, typed("finding"), actor=current_actor(), now=now)


def _confirm(session: Session, event_id: uuid.UUID, now: datetime) -> LifeEvent:
    return confirm_event(
        session,
        current_staff(),
        event_id,
        effects=_effects(),
        actor=current_actor(),
        now=now,
        finding=typed("finding") or None,
        happened_on=_day(),
    )


def _reject(session: Session, event_id: uuid.UUID, now: datetime) -> LifeEvent:
    return reject_event(session, current_staff(), event_id, typed("finding"), actor=current_actor(), now=now)


def _reverse(session: Session, event_id: uuid.UUID, now: datetime) -> LifeEvent:
    return reverse_event(
        session, current_staff(), event_id, typed("finding"), effects=_effects(), actor=current_actor(), now=now
    ).event


def _name(session: Session, event_id: uuid.UUID, now: datetime) -> LifeEvent:
    retiree = find_person(session, current_staff(), _id(typed("person")))
    return name_person(session, current_staff(), event_id, retiree, actor=current_actor(), now=now)


_VERDICTS: dict[str, Callable[[Session, uuid.UUID, datetime], LifeEvent]] = {
    "corroborate": _corroborate,
    "confirm": _confirm,
    "reject": _reject,
    "reverse": _reverse,
    "name": _name,
}


def _possible(event: LifeEvent) -> set[str]:
    """Return what whoever looks may do now; the use cases look again."""
    may_confirm = allowed(StaffRight.CONFIRM_EVENTS)
    by_community = event.kind in BY_COMMUNITY
    if event.status is LifeEventStatus.CONFIRMED:
        return {"reverse"} if may_confirm and event.kind is not LifeEventKind.REVERSAL else set()
    if not event.is_open:
        return set()
    if event.retiree_id is None:
        # the city alone knows that no district has them
        can = {"name", "reject"} if is_city(current_staff().region_code) else {"name"}
        return can if may_confirm else set()
    can = {"reject"} if may_confirm or by_community else set()
    if needs_other_side(current_staff(), event):
        return can
    alone = by_community or (may_confirm and event.kind is LifeEventKind.STILL_ALIVE)
    if event.status is LifeEventStatus.NOTIFIED and not alone:
        can.add("corroborate")
    is_another = may_confirm and event.corroborated_by_id != current_staff().id
    if alone or (event.status is LifeEventStatus.CORROBORATED and is_another):
        can.add("confirm")
    return can


def _effects() -> Effects:
    parts = services()
    decided = {"community_code": typed("community")} if typed("community") else {}
    return Effects(parts.rules, parts.terms, parts.vault, decided)


def _kinds() -> tuple[LifeEventKind, ...]:
    return _TOLD_TO_AGENCY if allowed(StaffRight.CONFIRM_EVENTS) else _TOLD_TO_COMMUNITY


def _day() -> date | None:
    """Return the day that was typed, None where it was left empty."""
    try:
        day = date.fromisoformat(typed("on")) if typed("on") else None
    except ValueError:
        raise Refusal("malformed", field="on") from None
    return day


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("malformed", field="person") from None
