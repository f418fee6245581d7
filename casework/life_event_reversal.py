"""A record that was wrong: reversed by a new one, with everything that followed from it undone, or listed."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.benefit_proposals import reconcile
from casework.details import set_address, set_phone
from casework.event_tickets import end_event_tickets
from casework.life_event_effects import ALIVE, as_effect, call_off_condolence
from casework.life_event_order import HOMES, find_later, home_of, made_by, settle_days, take_from_beneath
from casework.life_events import find_event
from casework.numbers import make_number
from casework.overpayments import refunds_due
from casework.responsibility import hand_on
from casework.rights import StaffRight
from casework.scope import require
from certification.certify import revoke_certification
from clock import local_date
from models import BenefitAction, Certification, LifeEvent, Overpayment, Retiree, Ticket, Transition
from models.audit import record
from models.benefit import ActionStatus
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind, LifeEventStatus
from models.recovery import OPEN_OVERPAYMENTS
from models.ticket import TicketKind, TicketStatus
from models.transitions import move
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.life_event_effects import Effects
    from models import Staff
    from models.audit import Actor


@dataclass(frozen=True)
class Followed:
    """One thing that followed from a wrong record. kind: what it is; subject: its number or id.

    done: `undone`, `lapsed`, `proposed` (a second person decides the undoing), or `listed` (for people to see to).
    """

    kind: str
    subject: str
    done: str


@dataclass(frozen=True)
class Reversal:
    """The record that says so, and what became of everything that followed from the wrong one."""

    event: LifeEvent
    followed: Sequence[Followed]


def reverse_event(
    session: Session,
    staff: Staff,
    event_id: uuid.UUID,
    why: str,
    *,
    effects: Effects,
    actor: Actor,
    now: datetime,
) -> Reversal:
    """Reverse a confirmed record by a new one. Raises Refusal `event_not_confirmed`, `note_missing`, `not_yours`.

    Proposals that rested on it lapse; what was approved is proposed to be undone, so that a second person decides about
    money here as everywhere; details go back to what they were unless they were changed again since.
    """
    require(staff, StaffRight.CONFIRM_EVENTS)
    wrong = find_event(session, staff, event_id)
    why = why.strip()
    if not why:
        raise Refusal("note_missing", field="finding")
    if wrong.status is not LifeEventStatus.CONFIRMED or wrong.kind is LifeEventKind.REVERSAL:
        raise Refusal("event_not_confirmed")
    if not move(session, wrong, LifeEventStatus.REVERSED, reason="was_wrong", actor=actor, now=now):
        raise Refusal("event_not_confirmed")
    event = LifeEvent(
        number=make_number("L", now),
        kind=LifeEventKind.REVERSAL,
        status=LifeEventStatus.CONFIRMED,
        retiree_id=wrong.retiree_id,
        owner_code=wrong.owner_code,
        happened_on=local_date(now),
        source=EventSource.STAFF,
        reported_by=actor.name,
        reported_at=now,
        content="{}",
        rule_set=effects.rules.name,
        verified_by_id=staff.id,
        verified_at=now,
        finding=why,
        reverses_id=wrong.id,
        applied_on=local_date(now),
    )
    session.add(event)
    session.flush()
    end_event_tickets(session, wrong, actor=actor, now=now)
    retiree = session.get_one(Retiree, wrong.retiree_id)
    before = _waiting_and_done(session, wrong)
    followed = _restore_details(session, wrong, retiree, event, effects, actor, now)
    if wrong.kind in HOMES and wrong.applied_on is not None:
        settle_days(session, retiree, event, actor=actor, now=now)
    if wrong.kind is LifeEventKind.DEATH:
        followed += _tickets_of_death(session, wrong, retiree, actor, now)
    if wrong.kind is LifeEventKind.STILL_ALIVE:
        followed += _word_of_life(session, wrong, effects, actor, now)
    made = reconcile(session, [retiree.id], rules=effects.rules, actor=actor, now=now, staff_id=staff.id)
    followed += [Followed(one.kind.value, str(one.id), _became(session, one)) for one in before]
    followed += [Followed(one.kind.value, str(one.id), "proposed") for one in made if one not in before]
    followed += [
        Followed("overpayment", one.number, "listed")
        for one in session.scalars(
            select(Overpayment).where(Overpayment.benefit_id == retiree.id, Overpayment.status.in_(OPEN_OVERPAYMENTS))
        )
    ]
    if refund := sum(refunds_due(session, Overpayment.benefit_id == retiree.id).values()):
        followed.append(Followed("refund", str(refund), "listed"))
    event.effect = as_effect([f"{one.kind}:{one.done}" for one in followed])
    record(session, actor, "event.reverse", wrong, now=now, reason=event.number)
    return Reversal(event, followed)


def _tickets_of_death(
    session: Session, wrong: LifeEvent, retiree: Retiree, actor: Actor, now: datetime
) -> list[Followed]:
    """Call the visit to the mourners off, and list the other work for the person that the death ended: they live."""
    off = call_off_condolence(session, retiree.id, actor=actor, now=now)
    ended = session.scalars(
        select(Ticket.number).where(
            Ticket.retiree_id == retiree.id,
            Ticket.kind.in_((TicketKind.ASSISTED_CERTIFICATION, TicketKind.INFORMATION_COLLECTION)),
            Ticket.status == TicketStatus.CANCELLED,
            Ticket.closed_at == wrong.verified_at,
        )
    )
    return [Followed("condolence", one, "undone") for one in off] + [Followed("help", one, "listed") for one in ended]


def _word_of_life(session: Session, wrong: LifeEvent, effects: Effects, actor: Actor, now: datetime) -> list[Followed]:
    """Take back the certification and that somebody reappeared; list the records that the wrong word decided."""
    followed = []
    for certification in session.scalars(
        select(Certification).where(
            Certification.retiree_id == wrong.retiree_id,
            Certification.channel == Channel.COUNTER,
            Certification.certified_at == wrong.verified_at,
            Certification.revoked_at.is_(None),
        )
    ).all():
        revoke_certification(session, certification, "alive_was_wrong", rules=effects.rules, actor=actor, now=now)
        followed.append(Followed("certified", certification.receipt_number, "undone"))
    for one in session.scalars(
        select(LifeEvent).where(
            LifeEvent.retiree_id == wrong.retiree_id,
            LifeEvent.kind == LifeEventKind.REAPPEARANCE,
            LifeEvent.status == LifeEventStatus.CONFIRMED,
        )
    ).all():
        if json.loads(one.content).get(ALIVE) == wrong.number:
            move(session, one, LifeEventStatus.REVERSED, reason="was_wrong", actor=actor, now=now)
            followed.append(Followed(one.kind.value, one.number, "undone"))
    decided = select(Transition.subject_id).where(
        Transition.subject_kind == LifeEvent.__name__, Transition.reason == f"alive:{wrong.number}"
    )
    for id_text in session.scalars(decided).all():
        found = session.get_one(LifeEvent, uuid.UUID(id_text))
        followed.append(Followed(found.kind.value, found.number, "listed"))
    return followed


def _waiting_and_done(session: Session, wrong: LifeEvent) -> Sequence[BenefitAction]:
    return session.scalars(
        select(BenefitAction).where(
            BenefitAction.life_event_id == wrong.id,
            BenefitAction.status.in_((ActionStatus.PROPOSED, ActionStatus.APPROVED)),
        )
    ).all()


def _became(session: Session, action: BenefitAction) -> str:
    session.refresh(action)
    return {ActionStatus.LAPSED: "lapsed", ActionStatus.APPROVED: "listed"}.get(action.status, "listed")


def _restore_details(
    session: Session,
    wrong: LifeEvent,
    retiree: Retiree,
    event: LifeEvent,
    effects: Effects,
    actor: Actor,
    now: datetime,
) -> list[Followed]:
    """Put a phone, or an address with its community, back where it still is what the wrong record made it."""
    told: dict[str, Any] = json.loads(wrong.content)
    before = told.get("before")
    if wrong.applied_on is None:
        return []
    later = find_later(session, wrong)
    if later is not None:
        take_from_beneath(later, wrong)
    if before is None:
        return []
    followed = []
    if wrong.kind is LifeEventKind.PHONE_CHANGE:
        if later is None and retiree.phone == told.get("phone") and before["phone"]:
            set_phone(retiree, before["phone"], effects.vault)
            followed.append(Followed("phone", wrong.number, "undone"))
        else:
            followed.append(Followed("phone", wrong.number, "listed"))
        return followed
    made = made_by(wrong.kind, told, before)
    if later is not None or made != home_of(retiree):
        return [Followed("address", wrong.number, "listed")]
    if before["address"] and before["address"] != retiree.address:
        set_address(session, retiree, before["address"], effects.vault)
        followed.append(Followed("address", wrong.number, "undone"))
    elif before["address"] != retiree.address:
        followed.append(Followed("address", wrong.number, "listed"))
    # of records of before it was kept, nobody had lived abroad
    retiree.lives_abroad = before.get("abroad", False)
    day = wrong.happened_on or local_date(now)
    if hand_on(session, retiree, before["community"], from_on=day, actor=actor, now=now, life_event_id=event.id):
        followed.append(Followed("responsibility", before["community"] or retiree.agency_code, "undone"))
    return followed
