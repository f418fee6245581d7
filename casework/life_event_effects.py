"""What follows from a confirmed life event: proposals about money, changes of details, tickets that end or begin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from casework.benefit_books import open_book
from casework.benefit_proposals import Ground, propose, reconcile
from casework.details import require_address, require_phone, set_address, set_phone
from casework.event_tickets import end_event_tickets
from casework.life_event_order import ABROAD, HOMES, find_later, home_of, put_beneath, settle_days, was_handed_on_since
from casework.numbers import make_number
from casework.regions import find_community
from casework.reminder_stops import stop_reminders
from casework.responsibility import hand_on
from casework.tickets import end_by_certification, end_ticket, find_standing_ticket, open_ticket, set_ticket
from certification.certify import certify
from clock import local_date
from models import LifeEvent, Retiree, Ticket
from models.audit import record
from models.benefit import ActionKind, ReasonKind
from models.certification import Channel
from models.life_event import EFFECT_LENGTH, STANDING_EVENTS, LifeEventKind, LifeEventStatus
from models.ticket import ENDED, TicketKind, TicketOrigin, TicketStatus
from models.transitions import move

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import BenefitAction
    from models.audit import Actor
    from models.vault import Vault
    from policy.rules import RuleSet

# By what a reappearance says which word of being alive it follows from.
ALIVE = "alive"
_MONEY = frozenset(
    {
        LifeEventKind.DEATH,
        LifeEventKind.IMPRISONED,
        LifeEventKind.RELEASED,
        LifeEventKind.DUPLICATE_BENEFIT,
        LifeEventKind.DUPLICATE_ENDED,
        LifeEventKind.MISSING,
        LifeEventKind.REAPPEARANCE,
        LifeEventKind.STILL_ALIVE,
    }
)


@dataclass(frozen=True)
class Effects:
    """What effects are made with. decided: what staff settled beside what was told, as the community of an address."""

    rules: RuleSet
    terms: Terms
    vault: Vault
    decided: Mapping[str, str] = field(default_factory=dict)


def apply_effects(
    session: Session, event: LifeEvent, effects: Effects, *, staff_id: uuid.UUID, actor: Actor, now: datetime
) -> None:
    """Do what follows from an event that was just confirmed. Money only ever follows as a proposal."""
    retiree = session.get_one(Retiree, event.retiree_id)
    told: dict[str, Any] = json.loads(event.content) | dict(effects.decided)
    followed: list[str] = []
    match event.kind:
        case LifeEventKind.DEATH:
            followed += _after_death(session, retiree, effects, actor, now)
        case LifeEventKind.PHONE_CHANGE:
            followed += _change_phone(session, event, retiree, told, effects.vault)
        case LifeEventKind.ADDRESS_CHANGE:
            followed += _move_house(session, event, retiree, told, effects, actor, now)
        case LifeEventKind.MOVING_AWAY:
            if event.happened_on is not None and event.happened_on <= local_date(now):
                followed += move_away(session, event, retiree, told, effects.vault, actor=actor, now=now)
            else:
                followed.append("on_its_day")
        case LifeEventKind.STILL_ALIVE:
            followed += _restore(session, event, retiree, effects, staff_id, actor, now)
        case _:
            pass
    event.content = json.dumps(told, ensure_ascii=False)
    if "on_its_day" not in followed:
        event.applied_on = local_date(now)
    if event.kind in HOMES and event.applied_on is not None:
        settle_days(session, retiree, event, actor=actor, now=now)
    session.flush()
    if event.kind in _MONEY:
        made = reconcile(session, [retiree.id], rules=effects.rules, actor=actor, now=now, staff_id=staff_id)
        followed += [_as_code(one) for one in made]
    end_event_tickets(session, event, actor=actor, now=now)
    event.effect = as_effect(followed)
    record(session, actor, "event.effect", event, now=now, reason=event.effect)


def as_effect(codes: Sequence[str]) -> str:
    """Return codes of what followed by comma, as many whole ones as the column takes."""
    kept = ",".join(codes)
    return kept if len(kept) <= EFFECT_LENGTH else kept[: kept.rindex(",", 0, EFFECT_LENGTH + 1)]


def _as_code(action: BenefitAction) -> str:
    return f"{action.kind.value}:{action.reason or ''}".rstrip(":")


def move_away(
    session: Session,
    event: LifeEvent,
    retiree: Retiree,
    told: dict[str, Any],
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Hand whoever lives outside the city now to the agency that insures them; abroad, by way of the consulate."""
    if _is_of_the_past(session, event, retiree, told, retiree.agency_code):
        return ["earlier"]
    told["before"] = home_of(retiree)
    day = event.happened_on or local_date(now)
    hand_on(session, retiree, None, from_on=day, actor=actor, now=now, life_event_id=event.id)
    retiree.lives_abroad = told.get("place") == ABROAD
    if told.get("address"):
        set_address(session, retiree, str(told["address"]), vault)
    told["made"] = home_of(retiree)
    return ["moved", "abroad"] if retiree.lives_abroad else ["moved"]


def apply_day(session: Session, as_of: date, *, vault: Vault, actor: Actor, now: datetime) -> int:
    """Let confirmed moves take effect whose day has come; return how many."""
    due = session.scalars(
        select(LifeEvent)
        .where(
            LifeEvent.kind == LifeEventKind.MOVING_AWAY,
            LifeEvent.status == LifeEventStatus.CONFIRMED,
            LifeEvent.applied_on.is_(None),
            LifeEvent.happened_on <= as_of,
        )
        .order_by(LifeEvent.happened_on, LifeEvent.id)
        .with_for_update(skip_locked=True)
    ).all()
    for event in due:
        retiree = session.get_one(Retiree, event.retiree_id)
        told = json.loads(event.content)
        followed = move_away(session, event, retiree, told, vault, actor=actor, now=now)
        event.content, event.effect = json.dumps(told, ensure_ascii=False), as_effect(followed)
        event.applied_on = local_date(now)
        settle_days(session, retiree, event, actor=actor, now=now)
    return len(due)


def _is_of_the_past(
    session: Session, event: LifeEvent, retiree: Retiree, told: dict[str, Any], owner_code: str
) -> bool:
    """Say whether another home holds from a later day on: then this one is put beneath it, and nothing changes now."""
    day = event.happened_on
    later = find_later(session, event)
    if later is not None:
        put_beneath(later, event.kind, told)
    return later is not None or (day is not None and was_handed_on_since(session, retiree, day, owner_code))


def _change_phone(
    session: Session, event: LifeEvent, retiree: Retiree, told: dict[str, Any], vault: Vault
) -> list[str]:
    phone = str(told.get("phone", ""))
    require_phone(phone)
    later = find_later(session, event)
    if later is not None:
        put_beneath(later, event.kind, told)
        return ["earlier"]
    told["before"] = {"phone": retiree.phone}
    set_phone(retiree, phone, vault)
    return ["phone"]


def _after_death(session: Session, retiree: Retiree, effects: Effects, actor: Actor, now: datetime) -> list[str]:
    stop_reminders(session, retiree.id, now=now)
    followed = ["reminders_stopped"]
    standing = session.scalars(
        select(Ticket).where(
            Ticket.retiree_id == retiree.id,
            Ticket.status.not_in(ENDED),
            or_(
                Ticket.kind.in_((TicketKind.ASSISTED_CERTIFICATION, TicketKind.DEATH_VERIFICATION)),
                # what a record asks for ends with the record
                and_(
                    Ticket.kind == TicketKind.INFORMATION_COLLECTION,
                    Ticket.origin.not_in((TicketOrigin.REPORT, TicketOrigin.DATA_MATCH)),
                ),
            ),
        )
    ).all()
    for ticket in standing:
        is_answered = ticket.kind is TicketKind.DEATH_VERIFICATION
        status = TicketStatus.DONE if is_answered else TicketStatus.CANCELLED
        set_ticket(session, ticket, status, "deceased", actor=actor, now=now, closed_at=now)
        followed.append(f"ended:{ticket.number}")
    # whoever mourns is visited (Art. 25(2))
    visit = open_ticket(
        session, TicketKind.WELFARE_CALL, retiree, TicketOrigin.DEATH, terms=effects.terms, actor=actor, now=now
    )
    return [*followed, f"opened:{visit.number}"]


def call_off_condolence(session: Session, retiree_id: uuid.UUID, *, actor: Actor, now: datetime) -> list[str]:
    """Call off the visit to those who mourn somebody who lives, and return its number."""
    visit = find_standing_ticket(session, retiree_id, TicketKind.WELFARE_CALL)
    if visit is None or visit.origin is not TicketOrigin.DEATH:
        return []
    set_ticket(session, visit, TicketStatus.CANCELLED, "alive", actor=actor, now=now, closed_at=now)
    return [visit.number]


def _move_house(
    session: Session,
    event: LifeEvent,
    retiree: Retiree,
    told: dict[str, Any],
    effects: Effects,
    actor: Actor,
    now: datetime,
) -> list[str]:
    region = find_community(session, told.get("community_code") or retiree.community_code)
    address = str(told.get("address", ""))
    require_address(address)
    told["community_code"] = region.code
    if _is_of_the_past(session, event, retiree, told, region.code):
        return ["earlier"]
    told["before"] = home_of(retiree)
    set_address(session, retiree, address, effects.vault)
    retiree.lives_abroad = False
    day = event.happened_on or local_date(now)
    is_moved = hand_on(session, retiree, region.code, from_on=day, actor=actor, now=now, life_event_id=event.id)
    told["made"] = home_of(retiree)
    return ["address", "moved"] if is_moved else ["address"]


def _restore(
    session: Session,
    event: LifeEvent,
    retiree: Retiree,
    effects: Effects,
    staff_id: uuid.UUID,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Somebody stood before us: what said the contrary is reversed or rejected, and they are certified."""
    followed = []
    wrong = session.scalars(
        select(LifeEvent).where(
            LifeEvent.retiree_id == retiree.id,
            LifeEvent.kind.in_((LifeEventKind.DEATH, LifeEventKind.MISSING)),
            LifeEvent.status.in_(STANDING_EVENTS),
        )
    ).all()
    # it was so, and has ended
    absences = [one for one in wrong if one.kind is LifeEventKind.MISSING and one.status is LifeEventStatus.CONFIRMED]
    for one in wrong:
        if one in absences:
            continue
        was_confirmed = one.status is LifeEventStatus.CONFIRMED
        status = LifeEventStatus.REVERSED if was_confirmed else LifeEventStatus.REJECTED
        move(session, one, status, reason=f"alive:{event.number}", actor=actor, now=now)
        if not was_confirmed:
            one.verified_by_id, one.verified_at = staff_id, now
        end_event_tickets(session, one, actor=actor, now=now)
        followed.append(f"{status.value}:{one.number}")
        if was_confirmed:
            event.reverses_id = one.id
    doubt = find_standing_ticket(session, retiree.id, TicketKind.DEATH_VERIFICATION)
    if doubt is not None:
        end_ticket(session, doubt, "verified", actor=actor, now=now)
    followed += [f"ended:{one}" for one in call_off_condolence(session, retiree.id, actor=actor, now=now)]
    if absences:
        followed.append(f"reappearance:{_reappear(session, event, retiree, effects, staff_id, actor, now).number}")
    certify(session, retiree, Channel.COUNTER, rules=effects.rules, actor=actor, now=now)
    end_by_certification(session, retiree.id, actor=actor, now=now)
    followed.append("certified")
    book = open_book(session, retiree.id)
    uncertified = None if book is None else book.standing.get(ReasonKind.NOT_CERTIFIED)
    if uncertified is not None:
        # the night run would propose it too: it is not waited for
        ground = Ground(ReasonKind.NOT_CERTIFIED, uncertified.began_on, local_date(now), event.id)
        made = propose(
            session, retiree, ActionKind.RESUME, ground, rules=effects.rules, actor=actor, now=now, staff_id=staff_id
        )
        followed.append(_as_code(made))
    return followed


def _reappear(
    session: Session,
    event: LifeEvent,
    retiree: Retiree,
    effects: Effects,
    staff_id: uuid.UUID,
    actor: Actor,
    now: datetime,
) -> LifeEvent:
    """Write down that somebody who was missing stood before us: until then the absence counts, and no longer."""
    found = LifeEvent(
        number=make_number("L", now),
        kind=LifeEventKind.REAPPEARANCE,
        status=LifeEventStatus.CONFIRMED,
        retiree_id=retiree.id,
        owner_code=retiree.owner_code,
        happened_on=event.happened_on,
        source=event.source,
        reported_by=event.reported_by,
        reported_at=event.reported_at,
        content=json.dumps({ALIVE: event.number}),
        rule_set=effects.rules.name,
        verified_by_id=staff_id,
        verified_at=now,
        applied_on=local_date(now),
    )
    session.add(found)
    record(session, actor, "event.confirm", found, now=now, reason=event.number)
    return found
