"""What staff found at the door or the window, written down once, and what follows (Art. 7(3)2, 7(3)3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from casework.life_events import is_confirmed_death, notify_event, tell_seen_alive
from casework.rights import StaffRight
from casework.scope import find_person, find_ticket, require
from casework.tickets import end_by_certification, next_level, open_ticket, set_ticket
from certification.certify import certify
from certification.evidence import name_picture
from certification.face.types import Verdict
from clock import LOCAL_ZONE, local_date
from models import Retiree, Visit, VisitCheck
from models.audit import record
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus
from models.visit import CheckReason, VisitOutcome
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from certification.evidence import StoredPicture
    from certification.limits import Limits
    from certification.verifiers.visit_face import VisitFace
    from models import Staff, Ticket
    from models.audit import Actor
    from models.evidence import EvidencePurpose
    from models.visit import JudgementReason, Signer
    from policy.rules import RuleSet

# A phone's clock may be wrong: what it says is kept, but never from the future.
_CLOCK_SLACK = timedelta(minutes=10)
_OLDEST_VISIT = timedelta(days=14)
_NEXT_VISIT_HOUR = 9
LAST_DIGITS = 4


@dataclass(frozen=True)
class VisitForm:
    """What a phone sends of one visit. visit_id: made on the phone; the same one again is the same visit.

    content_indexes: keyed digests of what was sent, by the present data key first.
    id_digits: the last four signs of the identity card, None when no card was seen.
    """

    visit_id: uuid.UUID
    ticket_id: uuid.UUID
    outcome: VisitOutcome
    began_at: datetime
    ended_at: datetime
    content_indexes: list[str]
    position: str | None
    id_digits: str | None
    judgement: JudgementReason | None
    signer: Signer | None
    notes: str
    next_visit_on: date | None

    def __repr__(self) -> str:
        return f"VisitForm({self.visit_id})"


@dataclass(frozen=True)
class VisitRules:
    """What a visit needs besides its form. is_drawn: whether chance draws a visit, for a share in percent."""

    rules: RuleSet
    terms: Terms
    limits: Limits
    is_drawn: Callable[[int], bool]


def find_visit(session: Session, staff: Staff, visit_id: uuid.UUID, content_indexes: list[str]) -> Visit | None:
    """Return the visit if it was written already. Raises Refusal `visit_differs` for another one under its id."""
    known = session.get(Visit, visit_id)
    if known is None:
        return None
    if known.staff_id != staff.id or known.content_index not in content_indexes:
        raise Refusal("visit_differs")
    return known


def begin_visit(session: Session, staff: Staff, form: VisitForm, *, now: datetime) -> Retiree:
    """Check a form before anything slow is done for it, and return whom it is about.

    A visit may reach us after its ticket ended, for the phone was out of reach or somebody else was faster; long after,
    it is no visit for that ticket. Raises Refusal: `not_yours` (the ticket went elsewhere), `ticket_ended`,
    `visit_time`; `face_missing` is the caller's.
    """
    require(staff, StaffRight.WORK_TICKETS)
    ticket = find_ticket(session, staff, form.ticket_id)
    if ticket.kind is not TicketKind.ASSISTED_CERTIFICATION or ticket.retiree_id is None:
        raise Refusal("not_yours")
    if ticket.closed_at is not None and ticket.closed_at < now - _OLDEST_VISIT:
        raise Refusal("ticket_ended")
    if not now - _OLDEST_VISIT <= form.began_at <= form.ended_at <= now + _CLOCK_SLACK:
        raise Refusal("visit_time")
    # planned by the day of the visit: the phone may have been out of reach until the next one is over too
    earliest = local_date(form.ended_at)
    if form.outcome is VisitOutcome.ABSENT and (form.next_visit_on is None or form.next_visit_on < earliest):
        raise Refusal("next_visit_missing", field="next_visit_on")
    if form.outcome is VisitOutcome.CERTIFIED and form.signer is None:
        raise Refusal("signature_missing", field="signature")
    return session.get_one(Retiree, ticket.retiree_id)


def write_visit(
    session: Session,
    staff: Staff,
    form: VisitForm,
    face: VisitFace | None,
    pictures: dict[EvidencePurpose, StoredPicture],
    *,
    rules: VisitRules,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Write a visit down and do what follows from it; the same visit sent twice at one moment is written once.

    A certification needs the card's last digits right and a face that matches, or the staff member's own judgement,
    which a second person looks at. Without either nobody is certified and the visit waits for a judgement.
    """
    ticket = find_ticket(session, staff, form.ticket_id)
    retiree = begin_visit(session, staff, form, now=now)
    visit = _row(staff, form, face, ticket, retiree, now)
    try:
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        known = find_visit(session, staff, form.visit_id, form.content_indexes)
        if known is None:
            raise Refusal("try_again", retryable=True) from None
        return known
    for purpose, stored in pictures.items():
        image = name_picture(
            session,
            stored,
            retiree_id=retiree.id,
            purpose=purpose,
            attempt_id=None,
            destroy_on=local_date(now) + timedelta(days=rules.limits.refused_days),
            now=now,
        )
        image.visit_id = visit.id
    record(session, actor, "visit.write", retiree, now=now, reason=form.outcome.value)
    match form.outcome:
        case VisitOutcome.CERTIFIED:
            _certify_if_proven(session, visit, ticket, retiree, rules, actor, now)
        case VisitOutcome.ABSENT:
            at = datetime.combine(form.next_visit_on or local_date(now), time(_NEXT_VISIT_HOUR), LOCAL_ZONE)
            _go_on(session, visit, ticket, TicketStatus.SCHEDULED, "absent", actor, now, scheduled_at=at)
        case VisitOutcome.REFUSED:
            _escalate(session, visit, ticket, "refused", actor, now)
        case VisitOutcome.DECEASED:
            _tell_death(session, visit, ticket, retiree, rules, actor, now)
        case VisitOutcome.MOVED if not is_confirmed_death(session, retiree.id, None):
            _open_from_visit(session, retiree, TicketKind.INFORMATION_COLLECTION, rules, actor, now)
            _escalate(session, visit, ticket, "moved", actor, now)
        case VisitOutcome.MOVED:
            pass  # by now staff know that they died
    _draw(session, visit, retiree, rules, now)
    return visit


def judge_visit(
    session: Session,
    staff: Staff,
    visit_id: uuid.UUID,
    judgement: JudgementReason,
    note: str,
    *,
    rules: VisitRules,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Certify by one's own judgement after a visit whose face the machine did not match.

    Raises Refusal `not_yours` unless the visit is one's own and waits for a judgement, `visit_old` where it was made
    so long ago that a visit of that day would not be taken either, `note_missing`.
    """
    require(staff, StaffRight.WORK_TICKETS)
    visit = session.scalar(select(Visit).where(Visit.id == visit_id).with_for_update())
    if visit is None or visit.staff_id != staff.id or not visit.needs_judgement:
        raise Refusal("not_yours")
    if visit.ended_at < now - _OLDEST_VISIT:
        raise Refusal("visit_old")
    if not note.strip():
        raise Refusal("note_missing", field="note")
    retiree = find_person(session, staff, visit.retiree_id)
    visit.judgement, visit.needs_judgement = judgement, False
    visit.notes = f"{visit.notes or ''}\n{note.strip()}".strip()
    _certify_by(session, visit, retiree, rules, actor, now)
    _draw(session, visit, retiree, rules, now)
    return visit


def _row(
    staff: Staff, form: VisitForm, face: VisitFace | None, ticket: Ticket, retiree: Retiree, now: datetime
) -> Visit:
    typed = None if form.id_digits is None else form.id_digits.strip().upper()
    return Visit(
        id=form.visit_id,
        ticket_id=ticket.id,
        retiree_id=retiree.id,
        staff_id=staff.id,
        content_index=form.content_indexes[0],
        place=ticket.place or Place.WINDOW,
        outcome=form.outcome,
        began_at=form.began_at,
        ended_at=form.ended_at,
        received_at=now,
        position=form.position,
        id_digits_match=None if typed is None else typed == retiree.id_number[-LAST_DIGITS:],
        engine_id=face.engine_id if face else None,
        verdict=face.verdict.value if face else None,
        distance=face.distance if face else None,
        judgement=form.judgement,
        signer=form.signer,
        notes=form.notes.strip() or None,
        next_visit_on=form.next_visit_on,
    )


def _certify_if_proven(
    session: Session, visit: Visit, ticket: Ticket, retiree: Retiree, rules: VisitRules, actor: Actor, now: datetime
) -> None:
    is_proven = visit.verdict == Verdict.MATCH and visit.id_digits_match is True
    if is_proven:
        visit.judgement = None
    # wrong digits are another person's card: no judgement made before that was known covers it
    if is_proven or (visit.judgement is not None and visit.id_digits_match is not False):
        _certify_by(session, visit, retiree, rules, actor, now)
    else:
        visit.judgement, visit.needs_judgement = None, True
        _go_on(session, visit, ticket, TicketStatus.IN_PROGRESS, "face_not_matched", actor, now)


def channel_of(visit: Visit) -> Channel:
    """Return by which channel a visit certifies."""
    return Channel.HOME_VISIT if visit.place is Place.HOME else Channel.COUNTER


def _certify_by(
    session: Session, visit: Visit, retiree: Retiree, rules: VisitRules, actor: Actor, now: datetime
) -> None:
    certification = certify(
        session,
        retiree,
        channel_of(visit),
        rules=rules.rules,
        actor=actor,
        now=now,
        seen_on=local_date(visit.ended_at),
    )
    session.flush()
    visit.certification_id = certification.id
    seen_on = local_date(visit.ended_at)
    tell_seen_alive(session, certification, seen_on=seen_on, rules=rules.rules, actor=actor, now=now)
    if visit.place is Place.HOME and visit.position is not None:
        # the next walk is planned by where this one led
        retiree.position = ",".join(visit.position.split(",")[:2])
    # also another one, where the visit's own had ended when it reached us
    end_by_certification(session, retiree.id, actor=actor, now=now)


def _tell_death(
    session: Session, visit: Visit, ticket: Ticket, retiree: Retiree, rules: VisitRules, actor: Actor, now: datetime
) -> None:
    """Let nobody remind them from now on, and staff confirm it as any other death, unless they have already.

    The ticket stands until the death is confirmed: whoever lives after all is still to be helped.
    """
    if is_confirmed_death(session, retiree.id, None):
        if ticket.is_standing:
            set_ticket(session, ticket, TicketStatus.CANCELLED, "deceased", actor=actor, now=now, closed_at=now)
        return
    notify_event(
        session,
        LifeEventKind.DEATH,
        retiree,
        happened_on=None,
        source=EventSource.STAFF,
        content={"note": ticket.number},
        rules=rules.rules,
        actor=actor,
        now=now,
    )
    _open_from_visit(session, retiree, TicketKind.DEATH_VERIFICATION, rules, actor, now)
    _escalate(session, visit, ticket, "deceased", actor, now)


def _decides(session: Session, visit: Visit, ticket: Ticket) -> bool:
    """Say whether a visit says how its ticket goes on.

    Not where it reached us after a later visit, after the ticket ended, or after somebody else was given it.
    """
    later = select(exists().where(Visit.ticket_id == ticket.id, Visit.ended_at > visit.ended_at))
    is_in_hand = ticket.is_standing and ticket.assignee_id in {None, visit.staff_id}
    return is_in_hand and not session.scalar(later)


def _go_on(
    session: Session,
    visit: Visit,
    ticket: Ticket,
    status: TicketStatus,
    reason: str,
    actor: Actor,
    now: datetime,
    **values: Any,
) -> None:
    """Let whoever made the visit go on with its ticket."""
    if _decides(session, visit, ticket):
        set_ticket(session, ticket, status, reason, actor=actor, now=now, assignee_id=visit.staff_id, **values)


def _escalate(session: Session, visit: Visit, ticket: Ticket, reason: str, actor: Actor, now: datetime) -> None:
    if not _decides(session, visit, ticket):
        return
    above = next_level(session, ticket)
    if above is None:
        set_ticket(session, ticket, TicketStatus.OPEN, reason, actor=actor, now=now, assignee_id=None)
    else:
        values = {"assignee_id": None, "scheduled_at": None, "escalated_to": above}
        set_ticket(session, ticket, TicketStatus.ESCALATED, reason, actor=actor, now=now, **values)


def _open_from_visit(
    session: Session, retiree: Retiree, kind: TicketKind, rules: VisitRules, actor: Actor, now: datetime
) -> None:
    open_ticket(session, kind, retiree, TicketOrigin.VISIT, terms=rules.terms, actor=actor, now=now)


def _draw(session: Session, visit: Visit, retiree: Retiree, rules: VisitRules, now: datetime) -> None:
    """Draw a visit for a second person's look: every own judgement, and a share of all."""
    if visit.needs_judgement:
        return
    reason = CheckReason.OWN_JUDGEMENT if visit.judgement is not None else None
    if reason is None and rules.is_drawn(rules.terms.check_percent):
        reason = CheckReason.DRAWN
    if reason is not None:
        session.add(VisitCheck(visit_id=visit.id, reason=reason, owner_code=retiree.owner_code, created_at=now))
