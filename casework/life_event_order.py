"""Changes of a home or a phone hold in the order of their days, in whatever order they are confirmed or reversed.

Each keeps what was before it, so that a reversal puts that back. One that is confirmed when a later one holds already
changes what was, not what is; one that is reversed beneath a later one leaves the later one with what was before both.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from casework.responsibility import history_of, responsible_on, write_responsibility
from clock import local_date
from models import LifeEvent
from models.life_event import LifeEventKind, LifeEventStatus

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Retiree
    from models.audit import Actor

ABROAD = "abroad"
HOMES = (LifeEventKind.ADDRESS_CHANGE, LifeEventKind.MOVING_AWAY)


def find_later(session: Session, event: LifeEvent) -> LifeEvent | None:
    """Return the standing change of the same thing that took effect next after one that is confirmed or was."""
    kinds = HOMES if event.kind in HOMES else (event.kind,)
    return session.scalar(
        select(LifeEvent)
        .where(
            LifeEvent.retiree_id == event.retiree_id,
            LifeEvent.kind.in_(kinds),
            _holds(),
            LifeEvent.id != event.id,
            or_(
                LifeEvent.happened_on > event.happened_on,
                and_(LifeEvent.happened_on == event.happened_on, LifeEvent.verified_at > event.verified_at),
            ),
        )
        .order_by(LifeEvent.happened_on, LifeEvent.verified_at, LifeEvent.id)
        .limit(1)
    )


def was_handed_on_since(session: Session, retiree: Retiree, day: date, owner_code: str) -> bool:
    """Say whether staff or a roster gave somebody, from a later day on, to another than whom a change names."""
    rows = [(one.from_on, one.sequence, one) for one in history_of(session, retiree.id) if one.from_on is not None]
    if not rows or retiree.owner_code == owner_code:
        return False
    from_on, _sequence, last = max(rows)
    return last.life_event_id is None and from_on > day


def put_beneath(later: LifeEvent, kind: LifeEventKind, told: dict[str, Any]) -> None:
    """Let a change that is confirmed beneath a later one begin from what that began from, and that one from this."""
    above: dict[str, Any] = json.loads(later.content)
    if above.get("before") is not None:
        told["before"] = above["before"]
        told["made"] = made_by(kind, told, told["before"])
        later.content = json.dumps(above | {"before": told["made"]}, ensure_ascii=False)


def take_from_beneath(later: LifeEvent, wrong: LifeEvent) -> None:
    """Let a later change that began from what a wrong one made begin from what was before that."""
    told, above = json.loads(wrong.content), json.loads(later.content)
    if told.get("before") is not None and above.get("before") == made_by(wrong.kind, told, told["before"]):
        later.content = json.dumps(above | {"before": told["before"]}, ensure_ascii=False)


def home_of(retiree: Retiree) -> dict[str, Any]:
    """Return what a move changes, as a reversal puts it back."""
    return {"address": retiree.address, "community": retiree.community_code, "abroad": retiree.lives_abroad}


def made_by(kind: LifeEventKind, told: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return the phone, or address, community and whether abroad, that a change makes of what was before, or made."""
    if "made" in told:
        made: dict[str, Any] = told["made"]
        return made
    if kind is LifeEventKind.PHONE_CHANGE:
        return {"phone": told.get("phone")}
    address = str(told.get("address") or "").strip() or before["address"]
    if kind is LifeEventKind.MOVING_AWAY:
        return {"address": address, "community": None, "abroad": told.get("place") == ABROAD}
    return {"address": address, "community": told.get("community_code") or before["community"], "abroad": False}


def settle_days(session: Session, retiree: Retiree, event: LifeEvent, *, actor: Actor, now: datetime) -> None:
    """Write down from which day on somebody else was responsible than it says by now, after changes of other days."""
    session.flush()
    days = {one.from_on for one in history_of(session, retiree.id) if one.from_on is not None}
    stated = _stated(session, retiree)
    for day in sorted(days | {one[0] for one in stated}):
        owner = max((one for one in stated if one[0] <= day), default=(day, now, retiree.owner_code))[2]
        _say(session, retiree, owner, day, event, actor, now)
    _say(session, retiree, retiree.owner_code, local_date(now), event, actor, now)


def _say(
    session: Session, retiree: Retiree, owner_code: str, day: date, event: LifeEvent, actor: Actor, now: datetime
) -> None:
    if responsible_on(session, retiree.id, day) != owner_code:
        before = retiree.owner_code
        write_responsibility(
            session, retiree.id, before, owner_code, from_on=day, actor=actor, now=now, life_event_id=event.id
        )
        session.flush()


def _stated(session: Session, retiree: Retiree) -> list[tuple[date, datetime, str]]:
    """Return who is responsible from which day on, said at which moment, by the changes that stand and by staff."""
    rows = history_of(session, retiree.id)
    by_staff = [one for one in rows if one.from_on is None or one.life_event_id is None]
    stated = [(one.from_on or date.min, one.set_at, one.owner_code) for one in by_staff]
    for event in session.scalars(
        select(LifeEvent).where(LifeEvent.retiree_id == retiree.id, LifeEvent.kind.in_(HOMES), _holds())
    ):
        is_away = event.kind is LifeEventKind.MOVING_AWAY
        owner = retiree.agency_code if is_away else json.loads(event.content).get("community_code")
        if owner is not None and event.happened_on is not None and event.verified_at is not None:
            stated.append((event.happened_on, event.verified_at, owner))
    return stated


def _holds() -> ColumnElement[bool]:
    return and_(LifeEvent.status == LifeEventStatus.CONFIRMED, LifeEvent.applied_on.is_not(None))
