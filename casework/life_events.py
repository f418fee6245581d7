"""Life events from being told to being verified: informant, then the community, then the agency (Art. 16, 28)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from casework.event_tickets import end_event_tickets
from casework.life_event_effects import Effects, apply_effects
from casework.numbers import make_number
from casework.regions import find_community
from casework.reminder_stops import stop_reminders
from casework.rights import StaffRight
from casework.scope import covers, is_city, may, require, within
from clock import local_date
from models import LifeEvent, Retiree
from models.audit import record
from models.life_event import OPEN_EVENTS, STANDING_EVENTS, EventSource, LifeEventKind, LifeEventStatus
from models.transitions import TRANSITIONS, move
from policy.working_days import after_working_days
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Certification, Staff
    from models.audit import Actor
    from policy.rules import RuleSet

# Kinds that no money follows from: the community that knows the person confirms them itself.
BY_COMMUNITY = frozenset({LifeEventKind.ADDRESS_CHANGE, LifeEventKind.PHONE_CHANGE})
# Only staff of the agency see these.
AT_AGENCY = frozenset({LifeEventKind.FRAUD})
# Months of money are counted from the day of these: it is found, never taken for granted.
NEED_A_DAY = frozenset(
    {
        LifeEventKind.DEATH,
        LifeEventKind.MISSING,
        LifeEventKind.REAPPEARANCE,
        LifeEventKind.IMPRISONED,
        LifeEventKind.RELEASED,
        LifeEventKind.DUPLICATE_BENEFIT,
        LifeEventKind.DUPLICATE_ENDED,
    }
)
MOST_FINDING = 2000
# So long after a death somebody may be cremated or buried, or the register cancelled. A later record may speak of a
# death other than the one that was confirmed, a namesake's by mistake: then it is the only sign of the real one.
LATEST_RECORD_DAYS = 90


def notify_event(
    session: Session,
    kind: LifeEventKind,
    retiree: Retiree | None,
    *,
    happened_on: date | None,
    source: EventSource,
    content: dict[str, Any],
    rules: RuleSet,
    actor: Actor,
    now: datetime,
    is_declared: bool = False,
) -> LifeEvent:
    """Write down what somebody told, as `notified`, and return it: nothing follows but that the dead are left in peace.

    Of one death there is one record, whoever tells of it again: it is never asked for twice.
    """
    if kind is LifeEventKind.DEATH and retiree is not None:
        known = _find_death(session, retiree.id)
        if known is not None:
            return known
    event = LifeEvent(
        number=make_number("L", now),
        kind=kind,
        retiree_id=None if retiree is None else retiree.id,
        owner_code=None if retiree is None else retiree.owner_code,
        happened_on=happened_on,
        source=source,
        reported_by=actor.name,
        reported_at=now,
        content=json.dumps(content, ensure_ascii=False),
        is_declared=is_declared,
        rule_set=rules.name,
    )
    _set_clocks(event, rules)
    session.add(event)
    record(session, actor, "event.notify", event, now=now, reason=kind.value)
    if kind is LifeEventKind.DEATH and retiree is not None:
        stop_reminders(session, retiree.id, now=now)
    return event


def tell_seen_alive(
    session: Session, certification: Certification, *, seen_on: date, rules: RuleSet, actor: Actor, now: datetime
) -> None:
    """Tell that staff certified somebody who is said to be dead: one of both is wrong, and is decided the same day.

    Nothing where nobody told of a death, where they were seen no later than its day, or where the word of being alive
    waits already.
    """
    retiree = session.get_one(Retiree, certification.retiree_id)
    death = find_standing_event(session, retiree.id, LifeEventKind.DEATH)
    if death is None or (death.happened_on is not None and seen_on <= death.happened_on):
        return
    word = find_standing_event(session, retiree.id, LifeEventKind.STILL_ALIVE)
    if word is not None and word.is_open:
        return
    notify_event(
        session,
        LifeEventKind.STILL_ALIVE,
        retiree,
        happened_on=seen_on,
        source=EventSource.STAFF,
        content={"note": certification.receipt_number},
        rules=rules,
        actor=actor,
        now=now,
    )


def _set_clocks(event: LifeEvent, rules: RuleSet) -> None:
    """Write down by when it was to be told, and whether it came later; counted from the day as it is known now."""
    event.report_by, event.national_report_by = deadlines(rules, event.kind, event.happened_on)
    told_on = local_date(event.reported_at)
    event.is_late = event.report_by is not None and told_on > event.report_by
    event.is_late_nationally = event.national_report_by is not None and told_on > event.national_report_by


def deadlines(rules: RuleSet, kind: LifeEventKind, happened_on: date | None) -> tuple[date | None, date | None]:
    """Return the last days to report a death: by the rule set (Art. 16(4)), and by the national rule if it binds."""
    if kind is not LifeEventKind.DEATH or happened_on is None:
        return None, None
    national = None
    if happened_on >= rules.national_report_from:
        national = after_working_days(happened_on, rules.national_report_days)
    return happened_on + timedelta(days=rules.death_report_days), national


def find_standing_event(session: Session, retiree_id: uuid.UUID, kind: LifeEventKind) -> LifeEvent | None:
    """Return the record of that kind that may be true, the newest one."""
    return session.scalar(
        select(LifeEvent)
        .where(
            LifeEvent.retiree_id == retiree_id,
            LifeEvent.kind == kind,
            LifeEvent.status.in_(STANDING_EVENTS),
        )
        .order_by(LifeEvent.reported_at.desc())
        .limit(1)
    )


def _find_death(session: Session, retiree_id: uuid.UUID) -> LifeEvent | None:
    """Return the record of a death; where there is none, whoever tells of it at this moment waits for this one."""
    known = find_standing_event(session, retiree_id, LifeEventKind.DEATH)
    if known is None:
        session.execute(select(Retiree.id).where(Retiree.id == retiree_id).with_for_update(key_share=True))
        known = find_standing_event(session, retiree_id, LifeEventKind.DEATH)
    return known


def is_confirmed_death(session: Session, retiree_id: uuid.UUID, day: date | None, *, is_exact: bool = True) -> bool:
    """Say whether a death told of again is one that staff confirmed already: nobody goes to mourners to verify it anew.

    day: as it is told now, if it is; not is_exact: one by which it had happened, believed up to LATEST_RECORD_DAYS
    after the confirmed day. Another day is looked at, for money is counted from it. The record stays as it is until
    the transaction ends: ask before writing anything of this person that a reversal changes too.
    """
    known = find_standing_event(session, retiree_id, LifeEventKind.DEATH)
    if known is None or known.status is not LifeEventStatus.CONFIRMED:
        return False
    # a reversal at this moment is waited for; it asks for nothing that whoever tells holds already
    session.refresh(known, with_for_update={"read": True})
    if known.status is not LifeEventStatus.CONFIRMED or known.happened_on is None:
        return False
    if day is None or known.happened_on == day:
        return True
    return not is_exact and known.happened_on < day <= known.happened_on + timedelta(days=LATEST_RECORD_DAYS)


def events_of(staff: Staff) -> ColumnElement[bool]:
    """Return the condition for records that a member of staff reaches; fraud is the agency's alone."""
    living = or_(
        within(LifeEvent.owner_code, staff.region_code),
        # whom one offered to another region, until they took over
        and_(
            LifeEvent.kind == LifeEventKind.ADDRESS_CHANGE,
            LifeEvent.corroborated_by_id == staff.id,
            LifeEvent.status == LifeEventStatus.CORROBORATED,
        ),
    )
    if not may(staff, StaffRight.CONFIRM_EVENTS):
        return and_(living, LifeEvent.kind.not_in(AT_AGENCY))
    insured = LifeEvent.retiree_id.in_(select(Retiree.id).where(within(Retiree.agency_code, staff.region_code)))
    # each agency looks for whom nobody was found in its own roster; a tip about such a one is the city's
    of_nobody: ColumnElement[bool] = LifeEvent.retiree_id.is_(None)
    if not is_city(staff.region_code):
        of_nobody = and_(of_nobody, LifeEvent.kind.not_in(AT_AGENCY))
    return or_(living, insured, of_nobody)


def find_event(session: Session, staff: Staff, event_id: uuid.UUID) -> LifeEvent:
    """Return a record in reach; raise Refusal `not_yours` for another, existing or not."""
    found = session.scalar(select(LifeEvent).where(LifeEvent.id == event_id, events_of(staff)))
    if found is None:
        raise Refusal("not_yours")
    return found


def open_events(session: Session, staff: Staff, *, limit: int = 200) -> Sequence[LifeEvent]:
    """Return the records in reach that wait for staff: who says to be alive first, then deaths, then by age."""
    urgent = (LifeEvent.kind != LifeEventKind.STILL_ALIVE, LifeEvent.kind != LifeEventKind.DEATH)
    return session.scalars(
        select(LifeEvent)
        .where(
            LifeEvent.status.in_(OPEN_EVENTS),
            events_of(staff),
        )
        .order_by(*urgent, LifeEvent.reported_at)
        .limit(limit)
    ).all()


def corroborate_event(
    session: Session, staff: Staff, event_id: uuid.UUID, finding: str, *, actor: Actor, now: datetime
) -> LifeEvent:
    """Say, for the community, that it looked and that the record is true. Nothing follows yet."""
    require(staff, StaffRight.CORROBORATE_EVENTS)
    event = find_event(session, staff, event_id)
    if event.retiree_id is None:
        raise Refusal("person_unknown")
    _move(session, event, LifeEventStatus.CORROBORATED, "corroborated", actor, now)
    event.corroborated_by_id, event.corroborated_at = staff.id, now
    event.finding = _finding(finding)
    record(session, actor, "event.corroborate", event, now=now)
    return event


def offer_move(
    session: Session,
    staff: Staff,
    retiree: Retiree,
    community_code: str,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> LifeEvent:
    """Ask a community beyond one's own region to take somebody over who moves there; until it does, nothing changes.

    Raises Refusal `community_unknown`, `address_wrong` where no address is known.
    """
    if not retiree.address:
        raise Refusal("address_wrong", field="address")
    event = notify_event(
        session,
        LifeEventKind.ADDRESS_CHANGE,
        retiree,
        happened_on=None,
        source=EventSource.STAFF,
        content={"address": retiree.address},
        rules=rules,
        actor=actor,
        now=now,
    )
    return _offer(session, staff, event, community_code, actor=actor, now=now)


def needs_other_side(staff: Staff, event: LifeEvent) -> bool:
    """Say whether a move waits for those to whom it was offered, or whoever stands above both."""
    is_offered = event.kind is LifeEventKind.ADDRESS_CHANGE and event.status is LifeEventStatus.CORROBORATED
    return is_offered and not covers(staff.region_code, event.owner_code or "")


def _offer(
    session: Session, staff: Staff, event: LifeEvent, community_code: str, *, actor: Actor, now: datetime
) -> LifeEvent:
    """Let the region that somebody moves to, or one above both, confirm it: the giving side says only that it is so."""
    find_community(session, community_code)
    _move(session, event, LifeEventStatus.CORROBORATED, "offered", actor, now)
    event.content = json.dumps(told_in(event) | {"community_code": community_code}, ensure_ascii=False)
    event.corroborated_by_id, event.corroborated_at, event.owner_code = staff.id, now, community_code
    record(session, actor, "event.offer", event, now=now, reason=community_code)
    return event


def confirm_event(
    session: Session,
    staff: Staff,
    event_id: uuid.UUID,
    *,
    effects: Effects,
    actor: Actor,
    now: datetime,
    finding: str | None = None,
    happened_on: date | None = None,
) -> LifeEvent:
    """Confirm a record for the agency, and do what follows from it: proposals, never money.

    happened_on: the day as staff found it, where the one told was wrong or none. A move beyond one's own region is
    offered to those who receive the person. Raises Refusal `corroborate_first`
    (what money follows from is looked at by two people), `took_part`, `event_ended`, `day_missing`, `person_unknown`.
    """
    event = find_event(session, staff, event_id)
    by_community = event.kind in BY_COMMUNITY
    require(staff, StaffRight.CORROBORATE_EVENTS if by_community else StaffRight.CONFIRM_EVENTS)
    if event.retiree_id is None:
        raise Refusal("person_unknown")
    if needs_other_side(staff, event):
        raise Refusal("other_side_confirms")
    community = effects.decided.get("community_code") or told_in(event).get("community_code")
    if event.kind is LifeEventKind.ADDRESS_CHANGE and community and not covers(staff.region_code, community):
        return _offer(session, staff, event, community, actor=actor, now=now)
    if not by_community:
        _require_two(staff, event)
    day = happened_on or event.happened_on
    if day is None and event.kind in NEED_A_DAY:
        raise Refusal("day_missing", field="happened_on")
    day = day or local_date(event.reported_at)
    if day > local_date(now) and event.kind is not LifeEventKind.MOVING_AWAY:
        raise Refusal("day_to_come", field="happened_on")
    if day != event.happened_on:
        event.happened_on = day
        _set_clocks(event, effects.rules)
    _move(session, event, LifeEventStatus.CONFIRMED, "confirmed", actor, now)
    event.verified_by_id, event.verified_at = staff.id, now
    if finding is not None:
        event.finding = _finding(finding)
    record(session, actor, "event.confirm", event, now=now)
    apply_effects(session, event, effects, staff_id=staff.id, actor=actor, now=now)
    return event


def _require_two(staff: Staff, event: LifeEvent) -> None:
    """Raise Refusal unless another one said before that it is so; whoever stands here alive needs nobody for it."""
    if event.kind is LifeEventKind.STILL_ALIVE:
        return
    if event.status is LifeEventStatus.NOTIFIED:
        raise Refusal("corroborate_first")
    if event.corroborated_by_id == staff.id:
        raise Refusal("took_part")


def reject_event(
    session: Session, staff: Staff, event_id: uuid.UUID, finding: str, *, actor: Actor, now: datetime
) -> LifeEvent:
    """Say that a record is not true. Whatever it stopped (reminders to somebody said to be dead) goes on by itself.

    Of somebody whom nobody was found for the city alone says so: another district's roster may have them. Raises
    Refusal `not_your_task`, `note_missing`, `event_ended`.
    """
    event = find_event(session, staff, event_id)
    by_community = event.kind in BY_COMMUNITY
    require(staff, StaffRight.CORROBORATE_EVENTS if by_community else StaffRight.CONFIRM_EVENTS)
    if event.retiree_id is None and not is_city(staff.region_code):
        raise Refusal("not_your_task")
    _move(session, event, LifeEventStatus.REJECTED, "rejected", actor, now)
    event.verified_by_id, event.verified_at, event.finding = staff.id, now, _finding(finding)
    record(session, actor, "event.reject", event, now=now)
    end_event_tickets(session, event, actor=actor, now=now)
    return event


def told_in(event: LifeEvent) -> dict[str, Any]:
    """Return everything that was told."""
    told: dict[str, Any] = json.loads(event.content)
    return told


def _move(
    session: Session, event: LifeEvent, status: LifeEventStatus, reason: str, actor: Actor, now: datetime
) -> None:
    is_next = event.is_open and status in TRANSITIONS[LifeEventStatus][event.status]
    if not is_next or not move(session, event, status, reason=reason, actor=actor, now=now):
        # it is corroborated once: by whoever pressed first
        raise Refusal("ticket_changed" if event.is_open else "event_ended")


def _finding(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refusal("note_missing", field="finding")
    return text[:MOST_FINDING]
